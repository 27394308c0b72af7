import { bearer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

const missing = `/v1/apis/${'0'.repeat(22)}`
let made = 0

/** A request for each documented response of the operations on APIs. */
export function apiExercises({ server, owner, stopped, bodied }: Ways): Exercises<OperationUnder<'apis'>> {
  const asOwner = async () => bearer((await server().session(await owner())).access)
  const viewer = once(async () => (await server().user('apis-viewer')).id)
  const asViewer = async () => bearer((await server().session(await viewer())).access)
  const ask = async (method: string, path: string, body?: Question['body']) =>
    server().ask(method, path, { headers: await asOwner(), body })
  const registered = async () => server().api(`https://exercised-${++made}.example`)
  const pathOf = async () => `/v1/apis/${(await registered()).id}`

  /** What every operation with a token can answer. */
  const guarded = (method: string, path: string) => ({
    400: () => ask(method, `${path}?unknown=1`),
    401: () => server().ask(method, path),
    403: async () => server().ask(method, path, { headers: await asViewer() }),
    503: () => stopped(method, path),
  })

  return {
    listApis: { ...guarded('GET', '/v1/apis'), 200: () => ask('GET', '/v1/apis?limit=2') },
    createApi: {
      ...guarded('POST', '/v1/apis'),
      ...bodied('POST', '/v1/apis', asOwner),
      201: () => ask('POST', '/v1/apis', { identifier: `https://exercised-${++made}.example`, name: 'Exercised' }),
      409: async () => ask('POST', '/v1/apis', { identifier: (await registered()).identifier, name: 'Exercised' }),
    },
    showApi: {
      ...guarded('GET', missing),
      200: async () => ask('GET', await pathOf()),
      404: () => ask('GET', missing),
    },
    changeApi: {
      ...guarded('PATCH', missing),
      ...bodied('PATCH', missing, asOwner),
      200: async () => ask('PATCH', await pathOf(), { first_party: false }),
      404: () => ask('PATCH', missing, { first_party: false }),
      409: () => ask('PATCH', '/v1/apis/issuer', { first_party: false }),
    },
    deleteApi: {
      ...guarded('DELETE', missing),
      204: async () => ask('DELETE', await pathOf()),
      404: () => ask('DELETE', missing),
      409: () => ask('DELETE', '/v1/apis/issuer'),
    },
  }
}
