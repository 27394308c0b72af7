import { unlockUser } from '@countersign/core'
import { readArguments, required } from './arguments.ts'
import type { Command } from './command.ts'
import { folderHelp, folderSettings, foundOr, fromCommandLine, withAuthority } from './folder.ts'

const usage = `Usage: countersign unlock -u NAME

Forgets the wrong guesses at a person's password and codes, wherever they came from; the hard cap of codes included.

  -u, --username NAME
${folderHelp}
`

const options = { username: { type: 'string', short: 'u' } } as const

export const unlockCommand: Command = {
  name: 'unlock',
  summary: 'Let somebody in again after too many wrong guesses.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const username = required(values.username, '-u NAME', usage)
    await withAuthority(flags, io, ({ domain }) =>
      foundOr(`there is no ${username}`, unlockUser(domain, username, undefined, fromCommandLine)),
    )
    io.out(json ? `${JSON.stringify({ username, unlocked: true })}\n` : `Unlocked ${username}.\n`)
    return 0
  },
}
