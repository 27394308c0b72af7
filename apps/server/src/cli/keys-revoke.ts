import { revokeKeys } from '@countersign/core'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { folderHelp, folderSettings, foundOr, fromCommandLine, withAuthority } from './folder.ts'

const usage = `Usage: countersign keys revoke KID

For a key that leaked: nothing that was made under it is accepted any more, and everybody with such a token logs in again.
The next set signs at once; if there is none, it is made.

${folderHelp}
`

/** An RFC 7638 thumbprint: SHA-256 in base64url. */
const kidShape = /^[\w-]{43}$/

export const keysRevokeCommand: Command = {
  name: 'keys revoke',
  summary: 'Refuse everything that was made under a key that leaked.',
  async run(args, io) {
    const { positionals, json, flags } = readArguments(args, {
      usage,
      options: {},
      positionals: ['KID'],
      positionalShape: kidShape,
      settings: folderSettings,
    })
    const [kid = ''] = positionals
    await withAuthority(flags, io, ({ domain, masterKey, retention }) =>
      foundOr(
        'there is no such key, or it is revoked already: countersign keys list shows them',
        revokeKeys({ ...domain, masterKey, retention }, kid, fromCommandLine),
      ),
    )
    io.out(json ? `${JSON.stringify({ kid, revoked: true })}\n` : `Revoked ${kid}.\n`)
    return 0
  },
}
