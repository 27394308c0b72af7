import { listedApi } from '../../native/wire/apis-wire.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { apiWords } from './api-words.ts'
import { findApi } from './find-api.ts'

const usage = `Usage: countersign apis show URI|ID

Shows an API and its scopes.

  URI|ID
      Its identifier, or the id that "apis list" prints. The id of this server is "issuer".
${folderHelp}
`

export const apisShowCommand: Command = {
  name: 'apis show',
  summary: 'Show an API and its scopes.',
  async run(args, io) {
    const spec = { usage, options: {}, positionals: ['URI|ID'], settings: folderSettings }
    const { positionals, json, flags } = readArguments(args, spec)
    const [named = ''] = positionals
    const api = await withAuthority(flags, io, (authority) => findApi(authority, named), { changes: false })
    io.out(json ? `${JSON.stringify(listedApi(api))}\n` : apiWords(api))
    return 0
  },
}
