import { localCaller } from '@countersign/core'
import { readArguments } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, foundOr, withAuthority } from '../command/folder.ts'
import type { Io } from '../command/io.ts'

const usage = `Usage: countersign keys revoke KID
       countersign keys revoke --all

For a leaked key: tokens issued under it are no longer accepted, and their users have to log in again. The next key set
signs at once; if there is none, it is created. Personal tokens and client secrets do not depend on a key and stay valid.

  --all
      Revoke every key set.
${folderHelp}
`

const options = { all: { type: 'boolean' } } as const

/** JWK thumbprint (RFC 7638): SHA-256 in base64url. */
const kidShape = /^[\w-]{43}$/

export const keysRevokeCommand: Command = {
  name: 'keys revoke',
  summary: 'Revoke a leaked key and all tokens issued under it.',
  async run(args, io) {
    const { values, positionals, json, flags } = readArguments(args, {
      usage,
      options,
      positionals: args.includes('--all') ? [] : ['KID'],
      positionalShape: kidShape,
      settings: folderSettings,
    })
    if (values.all) return revokeAll(flags, json, io)
    const [kid = ''] = positionals
    await withAuthority(flags, io, ({ useCases }) =>
      foundOr(
        'there is no such key, or it is already revoked: see countersign keys list',
        useCases.keys.revoke(kid, localCaller),
      ),
    )
    io.out(json ? `${JSON.stringify({ kid, revoked: true })}\n` : `Revoked ${kid}.\n`)
    return 0
  },
}

async function revokeAll(flags: Readonly<Record<string, string>>, json: boolean, io: Io): Promise<number> {
  const { revoked, successor } = await withAuthority(flags, io, ({ useCases }) => useCases.keys.revokeAll(localCaller))
  const { kid } = successor
  if (json) io.out(`${JSON.stringify({ kids: revoked, revoked: true, signing: kid })}\n`)
  else io.out(`${revoked.map((one) => `Revoked ${one}.`).join('\n')}\n${kid} signs from now on.\n`)
  return 0
}
