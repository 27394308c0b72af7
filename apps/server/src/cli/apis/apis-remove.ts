import { localCaller } from '@countersign/core'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { findApi } from './find-api.ts'

const usage = `Usage: countersign apis remove URI|ID

Removes an API. Every token for it ends, also if its identifier is registered again. A client that could ask for it must be
given the new registration.

  URI|ID
      Its identifier, or the id that "apis list" prints.
${folderHelp}
`

export const apisRemoveCommand: Command = {
  name: 'apis remove',
  summary: 'Remove an API; every token for it ends.',
  async run(args, io) {
    const spec = { usage, options: {}, positionals: ['URI|ID'], settings: folderSettings }
    const { positionals, json, flags } = readArguments(args, spec)
    const [named = ''] = positionals
    const { id, identifier, name } = await withAuthority(flags, io, async (authority) => {
      const api = await findApi(authority, named)
      await authority.useCases.apis.remove(api.id, localCaller)
      return api
    })
    if (json) io.out(`${JSON.stringify({ id, identifier, removed: true })}\n`)
    else io.out(`Removed ${name} (${identifier}); every token for it has ended.\n`)
    return 0
  },
}
