import { isClientName, localCaller, type WantedApi } from '@countersign/core'
import type { Authority } from '../../compose/authority.ts'
import { oneOfWords, readArguments, required, UsageError } from '../command/arguments.ts'
import type { Command } from '../command/command.ts'
import { folderHelp, folderSettings, withAuthority } from '../command/folder.ts'
import { readNamedApis, wantedApisOf, wordsOf } from './wanted-apis.ts'

const usage = `Usage: countersign create-client --name NAME [--role viewer|manager] [--api URI]… [--scope "NAME NAME"]
       [--may-act URI]… [--audience URI]… [--token-form jwt|opaque]

Registers a client and prints its id and its secret. The secret is shown only once. Without --api, the client may ask for
tokens for this server alone, with the scope "read write". For example, a client that reads orders, and the program of the
API itself, which introspects the tokens that it receives:

  countersign create-client --name report --api https://orders.example --scope orders:read
  countersign create-client --name orders --audience https://orders.example

  --name NAME
      1 to 64 printable characters, unique among clients.
  --role viewer|manager
      Its role for the server's own operations, and for the scopes of an API that need one. Default: viewer.
  --api URI
      An API that the client may ask for tokens for ("apis list"). This server is one only if it is named too. Can be
      repeated.
  --scope "NAME NAME"
      The scope that it may have there, as one list: each name counts for whichever of the named APIs has it. Default: no
      scope; for this server, "read write".
  --may-act URI
      An API that the client may act at: as the program of another API (--audience), it exchanges tokens that it received
      for tokens for this one. Implies --api URI. Can be repeated.
  --audience URI
      An API whose own program the client is: it may introspect the tokens that are meant for it, and exchange them. It may
      not ask for tokens for it. Can be repeated. Default: this server.
  --token-form jwt|opaque
      jwt if the APIs verify tokens themselves, opaque if they introspect them. Default: jwt.
${folderHelp}
`

const options = {
  name: { type: 'string' },
  role: { type: 'string' },
  api: { type: 'string', multiple: true },
  scope: { type: 'string', multiple: true },
  'may-act': { type: 'string', multiple: true },
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
    const named = readNamedApis({ apis: values.api, mayAct: values['may-act'], scopes: values.scope }, usage)
    const role = oneOfWords(values.role ?? 'viewer', ['viewer', 'manager'], '--role', usage)
    const tokenForm = oneOfWords(values['token-form'] ?? 'jwt', ['jwt', 'opaque'], '--token-form', usage)
    const { client, secret, notes } = await withAuthority(flags, io, async (authority) => {
      const apis = await wantedApisOf(named, authority)
      const given = { name, role, audience, apis, tokenForm }
      const made = await authority.useCases.clients.create(given, localCaller)
      return { ...made, notes: [...scopeNotes(apis), ...(await audienceNotes(audience, authority))] }
    })
    // The only place that shows the secret.
    const shown = { client_id: client.id, client_secret: secret.reveal() }
    if (json) io.out(`${JSON.stringify({ ...shown, ...(named.apis.length > 0 ? wordsOf(client) : {}) })}\n`)
    else io.out(`client_id:     ${shown.client_id}\nclient_secret: ${shown.client_secret}\n`)
    for (const note of notes) io.err(`${note}\n`)
    if (!json) io.err('The secret is stored nowhere: keep it now.\n')
    return 0
  },
}

/** An API without a scope is more likely forgotten than meant. */
const scopeNotes = (apis: readonly WantedApi[]): readonly string[] =>
  apis
    .filter(({ scope }) => scope === '')
    .map(({ identifier }) => `The client has no scope of ${identifier}: --scope names some.`)

async function audienceNotes(
  audience: readonly string[],
  { useCases, domain: { issuer } }: Authority,
): Promise<readonly string[]> {
  if (audience.length === 0) return []
  const known = new Set([issuer, ...(await useCases.apis.listAll()).map(({ identifier }) => identifier)])
  return audience
    .filter((identifier) => !known.has(identifier))
    .map((identifier) => `No API has the identifier ${identifier}, so there are no tokens for it: see "apis add".`)
}
