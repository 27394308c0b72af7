// What the cells of the access matrix need where an operation is about clients, APIs or keys: which of them a path or a query
// names, and what is sent along.
import type { OperationId } from '../src/generated/index.ts'
import type { GovernedOperation, Ownership } from './access-expectation.ts'
import type { Question } from './contract/recorder.ts'
import { ofDialects } from './dialects.ts'
import type { RecordedServer } from './recorded-server.ts'

const unknownId = '0'.repeat(22)
let made = 0

const newClientId = async (server: RecordedServer): Promise<string> => (await server.client()).client.id

const nextIdentifier = () => `https://made-${++made}.example`

/** The path and query of an operation about a client, an API or a key, a new client or API each time. `undefined` where it is about neither. */
export async function softwareTarget(
  server: RecordedServer,
  { tag, path, operationId }: GovernedOperation,
  ownership: Ownership,
): Promise<string | undefined> {
  const query = await queries[operationId]?.(server)
  if (query !== undefined) return `${path}?${query}`
  if (tag === 'apis' && path.includes('{')) {
    const id = ownership === 'missing' ? unknownId : (await server.api(nextIdentifier())).id
    return path.replace(/\{\w+\}/, id)
  }
  if (tag === 'keys' && path.includes('{')) {
    const sets = await server.running.authority.store.keys.list()
    const last = sets.findLast(({ revokedAt }) => revokedAt === undefined)
    return path.replace(/\{\w+\}/, ownership === 'missing' || !last ? 'A'.repeat(43) : last.kid)
  }
  if (tag !== 'clients' || !path.includes('{')) return undefined
  const id = await newClientId(server)
  const [secret] = await server.running.authority.store.clients.listCredentials(id)
  const names = ownership === 'missing' ? [unknownId, unknownId] : [id, secret?.id ?? unknownId]
  return path.replaceAll(/\{\w+\}/g, () => names.shift() ?? unknownId)
}

const queries: { readonly [K in OperationId]?: (server: RecordedServer) => Promise<string> } = {
  endSessions: async () => 'others=true',
  ...ofDialects(({ access }) => access.queries),
}

/** Bodies that the operations take, so that every admitted caller is served. */
export const softwareBodies: {
  readonly [K in OperationId]?: (server: RecordedServer, person: string) => Promise<Question['body']>
} = {
  createApi: async () => ({ identifier: nextIdentifier(), name: 'Made' }),
  changeApi: async () => ({ first_party: false }),
  createClient: async () => ({ name: `made ${++made}` }),
  changeClient: async () => ({ disabled: true }),
  changeClientCredential: async () => ({ expires_in: 60 }),
}
