import { PlainToken } from '@countersign/core'
import { newPassword } from '../../adapters/new-password.ts'
import type { Authority } from '../../compose/authority.ts'
import { readArguments, required } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, foundOr, withAuthority } from '../command/folder.ts'
import { readLine } from '../command/io.ts'
import { type Outcome, resetUser } from './enrolment.ts'

const usage = `Usage: countersign reset-password -u NAME [--password-stdin] [--must-change]

Sets a new password for a user; a server may run meanwhile. Every session ends, recovery codes become invalid, personal
tokens stay valid. If a code was required besides the password, it stays required. A user who logged in with a code alone
logs in with the password from now on.

  -u, --username NAME
  --password-stdin
      Read the password from standard input: one line of at least 15 characters, or 8 if the user also needs a code.
      Without this flag a password is generated and printed once.
  --must-change
      The user must change the password at the next login, within 14 days.
${folderHelp}
`

const options = {
  username: { type: 'string', short: 'u' },
  'password-stdin': { type: 'boolean' },
  'must-change': { type: 'boolean' },
} as const

export const resetPasswordCommand: Command = {
  name: 'reset-password',
  summary: 'Set a new password for a user.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const username = required(values.username, '-u NAME', usage)
    const given = values['password-stdin'] ? new PlainToken(await readLine(io)) : undefined
    const { outcome, made } = await withAuthority(flags, io, (authority) =>
      resetPassword(authority, username, { given, mustChange: values['must-change'] === true }),
    )
    const shown = made && { password: made.reveal() }
    if (json) io.out(`${JSON.stringify({ username: outcome.user.username, ...shown })}\n`)
    else io.out(`${outcome.message}\n${shown ? `\npassword: ${shown.password}\n` : ''}`)
    return 0
  },
}

/** @returns The outcome, and the generated password if none was given. */
async function resetPassword(
  authority: Authority,
  username: string,
  { given, mustChange }: { readonly given: PlainToken | undefined; readonly mustChange: boolean },
): Promise<{ readonly outcome: Outcome; readonly made: PlainToken | undefined }> {
  const { id } = await foundOr(`there is no ${username}`, authority.useCases.users.getByName(username))
  const made = given ? undefined : newPassword(authority.domain.random)
  const password = (given ?? made)?.reveal()
  return { outcome: await resetUser(authority, { id, password, mustChange }), made }
}
