import { isClientName, localCaller } from '@countersign/core'
import { oneOfWords, readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'

const usage = `Usage: countersign create-client --name NAME [--role viewer|manager] [--audience URI]… [--token-form jwt|opaque]

Registers a client and prints its id and its secret. The secret is shown only once.

  --name NAME
      1 to 64 printable characters, unique among clients.
  --role viewer|manager
      Its role for the server's own operations. Default: viewer.
  --audience URI
      Audience of its tokens, and of the tokens that it may introspect. Can be repeated. Default: the issuer.
  --token-form jwt|opaque
      jwt if the APIs verify tokens themselves, opaque if they introspect them. Default: jwt.
${folderHelp}
`

const options = {
  name: { type: 'string' },
  role: { type: 'string' },
  audience: { type: 'string', multiple: true },
  'token-form': { type: 'string' },
} as const

/** The characters of `aud` in a token: printable ASCII without spaces and quotes. */
const audienceShape = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/

export const createClientCommand: Command = {
  name: 'create-client',
  summary: 'Register a client; shows its secret once.',
  async run(args, io) {
    const { values, json, flags } = readArguments(args, { usage, options, settings: folderSettings })
    const name = required(values.name, '--name', usage)
    if (!isClientName(name)) throw new UsageError('--name is 1 to 64 printable characters', usage)
    const audience = [...new Set(values.audience ?? [])]
    if (audience.length > 16 || !audience.every((item) => audienceShape.test(item))) {
      throw new UsageError('--audience is a URI of printable ASCII, at most 16 times', usage)
    }
    const role = oneOfWords(values.role ?? 'viewer', ['viewer', 'manager'], '--role', usage)
    const tokenForm = oneOfWords(values['token-form'] ?? 'jwt', ['jwt', 'opaque'], '--token-form', usage)
    const { client, secret } = await withAuthority(flags, io, ({ useCases }) =>
      useCases.clients.create({ name, role, audience, tokenForm }, localCaller),
    )
    // The only place that shows the secret.
    const shown = { client_id: client.id, client_secret: secret.reveal() }
    if (json) io.out(`${JSON.stringify(shown)}\n`)
    else io.out(`client_id:     ${shown.client_id}\nclient_secret: ${shown.client_secret}\n`)
    if (!json) io.err('The secret is stored nowhere: keep it now.\n')
    return 0
  },
}
