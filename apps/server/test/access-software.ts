// What the cells of the access matrix need where an operation is about software: which client a path or a query names, and
// what is sent along.
import type { OperationId } from '../src/generated/index.ts'
import type { GovernedOperation, Ownership } from './access-expectation.ts'
import type { Question } from './contract/recorder.ts'
import { ofDialects } from './dialects.ts'
import type { RecordedServer } from './recorded-server.ts'

const nobody = '0'.repeat(22)
let made = 0

const newClientId = async (house: RecordedServer): Promise<string> => (await house.client()).client.id

/** The path and query of an operation about a client, a new one each time. Nothing where it is about none. */
export async function softwareTarget(
  house: RecordedServer,
  { tag, path, operationId }: GovernedOperation,
  ownership: Ownership,
): Promise<string | undefined> {
  const query = await queries[operationId]?.(house)
  if (query !== undefined) return `${path}?${query}`
  if (tag !== 'clients' || !path.includes('{')) return undefined
  const id = await newClientId(house)
  const [secret] = await house.server.authority.store.clients.listCredentials(id)
  const names = ownership === 'missing' ? [nobody, nobody] : [id, secret?.id ?? nobody]
  return path.replaceAll(/\{\w+\}/g, () => names.shift() ?? nobody)
}

const queries: { readonly [K in OperationId]?: (house: RecordedServer) => Promise<string> } = {
  endSessions: async () => 'others=true',
  ...ofDialects(({ access }) => access.queries),
}

/** Bodies that the operations take, so that whoever is admitted is served. */
export const softwareBodies: {
  readonly [K in OperationId]?: (house: RecordedServer, person: string) => Promise<Question['body']>
} = {
  createClient: async () => ({ name: `made ${++made}` }),
  changeClient: async () => ({ disabled: true }),
  changeClientCredential: async () => ({ expires_in: 60 }),
}
