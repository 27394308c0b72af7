import { AuthError, type Factor, type Role, requireUsername, roles, type User } from '@countersign/core'
import { type TotpSetup, terminalQrCode } from '../../adapters/totp-setup.ts'
import type { Authority } from '../../compose/authority.ts'
import { oneOfWords, readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { type Io, Refusal, readLine } from '../command/io.ts'
import { makeUser, type Outcome, resetUser, showAgain } from './enrolment.ts'

const usage = `Usage: countersign create-user -u NAME -g viewer|manager|owner [--password-stdin] [--totp] [--must-change] [-r]

Creates a user. By default the user logs in with the code of an authenticator app; the app's secret is printed with a QR
code to scan. There is exactly one owner.

If the user exists already: ends every session, and prints the secret again if no code has confirmed it yet.

  -u, --username NAME
      Letters, digits and ASCII punctuation, in parts with single spaces between them; at most 255 bytes. Quote a name
      with spaces. One that begins with a dash is written --username=-NAME.
  -g, --role viewer|manager|owner
      The user's role. Not needed with -r if the user exists.
  --password-stdin
      Read a password from standard input: one line of at least 15 characters, or 8 with --totp. The user then
      logs in with the password.
  --totp
      With --password-stdin: both are required at login.
  --must-change
      With --password-stdin: the user must change the password at the next login, within 14 days.
  -r, --reset
      If the user exists: make a new secret; with --password-stdin, set a new password; with --totp as well, do both. Every
      session ends, recovery codes become invalid, personal tokens stay valid. A user who logs in with a password gets a
      new secret only with --password-stdin. If both were required at login, both stay required.
${folderHelp}
`

const options = {
  username: { type: 'string', short: 'u' },
  role: { type: 'string', short: 'g' },
  'password-stdin': { type: 'boolean' },
  totp: { type: 'boolean' },
  'must-change': { type: 'boolean' },
  reset: { type: 'boolean', short: 'r' },
} as const

/** What the command line requests. */
export interface Wanted {
  readonly username: string
  readonly role: Role | undefined
  readonly password: string | undefined
  /** Whether to generate a TOTP secret. */
  readonly totp: boolean
  readonly reset: boolean
  readonly mustChange: boolean
}

export const createUserCommand: Command = {
  name: 'create-user',
  summary: 'Create a user, or set a new password or secret.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const username = required(values.username, '-u NAME', usage)
    const role = values.role === undefined ? undefined : oneOfWords(values.role, roles, '-g', usage)
    if (role === undefined && !values.reset) throw new UsageError('-g is missing', usage)
    const mustChange = values['must-change'] === true
    if (mustChange && !values['password-stdin']) throw new UsageError('--must-change goes with --password-stdin', usage)
    const password = values['password-stdin'] ? await readLine(io) : undefined
    const totp = values.totp === true || password === undefined
    const wanted: Wanted = { username, role, password, totp, reset: values.reset === true, mustChange }
    const outcome = await withAuthority(flags, io, (authority) => serve(authority, wanted), { makes: role === 'owner' })
    if (json) printLine(outcome, io)
    else await print(outcome, io)
    return 0
  },
}

async function serve(authority: Authority, wanted: Wanted): Promise<Outcome> {
  const known = await authority.useCases.users.findByName(requireUsername(wanted.username).canonicalName)
  if (!known) {
    if (wanted.role === undefined) throw new UsageError(`there is no ${wanted.username}: -g makes one`, usage)
    return makeUser(authority, { ...wanted, role: wanted.role, requiredFactors: factorsOf(wanted) })
  }
  if (wanted.role !== undefined && wanted.role !== known.role) throw otherRole(known, wanted)
  if (wanted.reset) {
    if (wanted.password === undefined && known.requiredFactors.includes('password')) throw needsPassword(known)
    const { password, totp, mustChange } = wanted
    return resetUser(authority, { id: known.id, password, totp, mustChange })
  }
  if (wanted.password !== undefined) {
    throw new Refusal(`${known.username} exists already: -r sets a new password and ends every session`)
  }
  return showAgain(authority, known)
}

const factorsOf = ({ password, totp }: Wanted): readonly Factor[] => [
  ...(password === undefined ? [] : (['password'] as const)),
  ...(totp ? (['totp'] as const) : []),
]

/** A user who must present a password cannot log in with a new secret alone, and must not be changed to do so. */
const needsPassword = ({ username }: User): Refusal =>
  new Refusal(
    `${username} logs in with a password: "countersign reset-password -u ${username}" sets a new one, ` +
      '-r --password-stdin too, and --totp besides makes a new secret',
  )

function otherRole(known: User, { role, reset }: Wanted): Error {
  if (role === 'owner') return new AuthError('owner_exists')
  const rule = reset ? '-r sets a new password and no other role' : 'this command gives no other role'
  return new Refusal(`${known.username} is ${known.role}: ${rule}`)
}

const printed = ({ user, setup }: Outcome) => ({
  id: user.id,
  username: user.username,
  role: user.role,
  ...(setup ? { totp_secret: setup.secret, otpauth_url: setup.otpauthUrl } : {}),
})

/**
 * With `--json`, the line of JSON goes to standard output; the message about an existing user still goes to standard
 * error.
 */
function printLine(outcome: Outcome, io: Io): void {
  io.out(`${JSON.stringify(printed(outcome))}\n`)
  if (!outcome.made) io.err(`${outcome.message}\n`)
}

async function print({ message, setup }: Outcome, io: Io): Promise<void> {
  io.out(`${message}\n`)
  if (setup) io.out(await enrolmentPage(setup))
}

const enrolmentPage = async ({ secret, otpauthUrl }: TotpSetup): Promise<string> => `
Scan the QR code with an authenticator app, or type the secret into it. Keep both secret: they allow generating the codes.

secret: ${secret}

${await terminalQrCode(otpauthUrl)}
`
