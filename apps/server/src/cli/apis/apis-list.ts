import { listedApi } from '../../native/wire/apis-wire.ts'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { apiTable } from './api-words.ts'

const usage = `Usage: countersign apis list

Lists the APIs that tokens can be meant for: the issuer, which is built in, then in the order of registration.

${folderHelp}
`

export const apisListCommand: Command = {
  name: 'apis list',
  summary: 'List the APIs.',
  async run(args, io) {
    const { json, flags } = readArguments(args, { usage, options: {}, settings: folderSettings })
    const apis = await withAuthority(flags, io, ({ useCases }) => useCases.apis.listAll(), { changes: false })
    io.out(json ? `${JSON.stringify({ apis: apis.map(listedApi) })}\n` : apiTable(apis))
    return 0
  },
}
