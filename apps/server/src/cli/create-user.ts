import {
  AuthError,
  createUser,
  type Role,
  requireAcceptablePassword,
  requireUsername,
  roles,
  type User,
} from '@countersign/core'
import type { Authority } from '../authority.ts'
import { oneOfWords, readArguments, required, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { folderHelp, folderSettings, fromCommandLine, withAuthority } from './folder.ts'
import { Refusal, readLine } from './io.ts'

const usage = `Usage: countersign create-user -u NAME -g viewer|manager|owner --password-stdin [-r]

Makes a person, or sets a new password. There is exactly one owner.

  -u, --username NAME
      1 to 64 of A–Z a–z 0–9 . _ @ + -
  -g, --role viewer|manager|owner
      What the person may do. Not needed where -r finds the person.
  --password-stdin
      Read the password from standard input: one line of at least 15 characters.
  -r, --reset
      If the person exists: set the new password and end every session. Personal tokens live on.
${folderHelp}
`

const options = {
  username: { type: 'string', short: 'u' },
  role: { type: 'string', short: 'g' },
  'password-stdin': { type: 'boolean' },
  reset: { type: 'boolean', short: 'r' },
} as const

export const createUserCommand: Command = {
  name: 'create-user',
  summary: 'Make a person, or set a new password.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const username = required(values.username, '-u NAME', usage)
    const role = values.role === undefined ? undefined : oneOfWords(values.role, roles, '-g', usage)
    if (role === undefined && !values.reset) throw new UsageError('-g is missing', usage)
    if (!values['password-stdin']) throw new UsageError('--password-stdin is missing', usage)
    const password = await readLine(io)
    const { user, made } = await withAuthority(flags, io, async (authority) => {
      const known = await authority.store.users.findByName(requireUsername(username))
      if (!known) return { user: await make(authority, { username, role, password }), made: true }
      if (!values.reset) {
        throw new Refusal(`${known.username} exists already: -r sets a new password and ends every session`)
      }
      if (role !== undefined && role !== known.role) {
        throw new Refusal(`${known.username} is ${known.role}: -r sets a new password and no other role`)
      }
      await reset(authority, known, password)
      return { user: known, made: false }
    })
    if (json) io.out(`${JSON.stringify({ id: user.id, username: user.username, role: user.role })}\n`)
    else if (made) io.out(`Made ${user.role} ${user.username} (${user.id}).\n`)
    else io.out(`Set a new password for ${user.username}; every session has ended.\n`)
    return 0
  },
}

interface Person {
  readonly username: string
  readonly role: Role | undefined
  readonly password: string
}

function make({ domain }: Authority, { username, role, password }: Person): Promise<User> {
  if (role === undefined) throw new UsageError(`there is no ${username}: -g makes one`, usage)
  return createUser(domain, { username, role, password, requiredFactors: ['password'] }, undefined, fromCommandLine)
}

async function reset({ domain, store }: Authority, user: User, password: string): Promise<void> {
  requireAcceptablePassword(password, user, domain)
  const to = await domain.hasher.hash(password)
  const subject = { kind: 'user', id: user.id } as const
  const event = { at: domain.clock.now(), action: 'password_changed', subject } as const
  const change = { userId: user.id, from: user.passwordHash, to, keep: undefined }
  const outcome = await store.users.changePassword(change, event)
  // Somebody changed it in the same moment; whose word counts is the administrator's to say again.
  if (outcome === 'unchanged') throw new AuthError('unavailable', { retryAfterSeconds: 1 })
}
