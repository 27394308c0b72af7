import { bearer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

const unknownId = '0'.repeat(22)

/** A way to each answer about registered clients. */
export function clientExercises({ server, owner, stopped, bodied }: Ways): Exercises<OperationUnder<'clients'>> {
  const asOwner = async () => bearer((await server().session(await owner())).access)
  const viewer = once(async () => (await server().user('clients-viewer')).id)
  const asViewer = async () => bearer((await server().session(await viewer())).access)
  const ask = async (method: string, path: string, body?: Question['body']) =>
    server().ask(method, path, { headers: await asOwner(), body })
  const made = async () => {
    const { client } = await server().client()
    const [credential] = await server().running.authority.store.clients.listCredentials(client.id)
    return { client: `/v1/clients/${client.id}`, credential: `/v1/clients/${client.id}/credentials/${credential?.id}` }
  }

  /** What every operation with a token can answer. */
  const guarded = (method: string, path: string) => ({
    400: () => ask(method, `${path}?unknown=1`),
    401: () => server().ask(method, path),
    403: async () => server().ask(method, path, { headers: await asViewer() }),
    503: () => stopped(method, path),
  })
  const one = `/v1/clients/${unknownId}`
  const secrets = `${one}/credentials`
  const secret = `${secrets}/${unknownId}`

  return {
    listClients: { ...guarded('GET', '/v1/clients'), 200: () => ask('GET', '/v1/clients?limit=2') },
    createClient: {
      ...guarded('POST', '/v1/clients'),
      ...bodied('POST', '/v1/clients', asOwner),
      201: () => ask('POST', '/v1/clients', { name: 'exercised', expires_in: 60 }),
      409: async () => ask('POST', '/v1/clients', { name: (await server().client()).client.name }),
    },
    showClient: {
      ...guarded('GET', one),
      200: async () => ask('GET', (await made()).client),
      404: () => ask('GET', one),
    },
    changeClient: {
      ...guarded('PATCH', one),
      ...bodied('PATCH', one, asOwner),
      200: async () => ask('PATCH', (await made()).client, { disabled: true }),
      404: () => ask('PATCH', one, { disabled: false }),
    },
    deleteClient: {
      ...guarded('DELETE', one),
      204: async () => ask('DELETE', (await made()).client),
      404: () => ask('DELETE', one),
    },
    listClientCredentials: {
      ...guarded('GET', secrets),
      200: async () => ask('GET', `${(await made()).client}/credentials`),
      404: () => ask('GET', secrets),
    },
    regenerateClientCredentials: {
      ...guarded('POST', secrets),
      ...bodied('POST', secrets, asOwner),
      201: async () => ask('POST', `${(await made()).client}/credentials`, { expires_in: 60 }),
      404: () => ask('POST', secrets),
    },
    changeClientCredential: {
      ...guarded('PATCH', secret),
      ...bodied('PATCH', secret, asOwner),
      200: async () => ask('PATCH', (await made()).credential, { expires_in: 60 }),
      404: () => ask('PATCH', secret, { expires_in: 60 }),
    },
    revokeClientCredential: {
      ...guarded('DELETE', secret),
      204: async () => ask('DELETE', (await made()).credential),
      404: () => ask('DELETE', secret),
    },
  }
}
