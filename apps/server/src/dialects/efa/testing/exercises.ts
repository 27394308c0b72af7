import {
  type Exercises,
  type OperationUnder,
  once,
  tooLongQuery,
  type Ways,
} from '../../../../test/contract/exercises/exercise.ts'
import type { Question } from '../../../../test/contract/recorder.ts'
import { bearer } from '../../../../test/recorded-server.ts'
import { goodPassword } from '../../../testing/test-server.ts'
import { efaSessionPolicy } from '../policy.ts'

const base = '/v1/auth'
/** A separate name for each path, because wrong guesses are counted by name. */
const wrongAt = (path: string) => ({ username: `nobody${path.replaceAll('/', '-')}`, password: 'wrong' })

/** A request for each documented answer of the EFA dialect. */
export function efaExercises({
  server,
  owner,
  stopped,
  foreign,
  throttled,
  bodied,
}: Ways): Exercises<OperationUnder<'efa'>> {
  const asOwner = async () => bearer((await server().session(await owner(), efaSessionPolicy)).access)
  const viewer = once(async () => (await server().user('efa-viewer')).id)
  const asViewer = async () => bearer((await server().session(await viewer(), efaSessionPolicy)).access)
  const unreadable = async () => bearer(await server().personalToken(await viewer(), ['write']))
  const unwritable = async () => bearer(await server().personalToken(await viewer(), ['read']))
  const ask = (method: string, path: string, question?: Question) => server().ask(method, base + path, question)
  const act = async (method: string, path: string, body?: Question['body']) =>
    ask(method, path, { headers: await asOwner(), body })
  const login = async () => {
    await viewer()
    return { username: 'efa-viewer', password: goodPassword }
  }

  /** Answers of every operation with a token. */
  const guarded = (method: string, path: string, refused = asViewer) => ({
    400: async () => ask(method, `${path.split('?', 1)[0]}${tooLongQuery}`, { headers: await asOwner() }),
    401: () => ask(method, path),
    403: async () => ask(method, path, { headers: await refused() }),
    503: () => stopped(method, base + path),
  })
  const loginAt = (path: string, extra: () => Promise<object>) => ({
    200: async () => ask('POST', path, { body: { ...(await login()), ...(await extra()) } }),
    400: () => ask('POST', path, { body: {} }),
    401: async () => ask('POST', path, { body: { ...wrongAt(path), ...(await extra()) } }),
    403: () => foreign('POST', base + path),
    ...bodied('POST', base + path),
    429: async () => throttled('POST', base + path, { body: { ...wrongAt(path), ...(await extra()) } }),
    503: () => stopped('POST', base + path),
  })
  const clientId = async () => ({ clientId: (await server().client()).client.id })
  const named = async () => `/client?name=${(await server().client()).client.name}`

  return {
    efaIssueAccessToken: loginAt('/token/access-token', async () => ({})),
    efaIssueClientAccessToken: loginAt('/token/client-access-token', clientId),
    efaIssueExtendedSystemAccessToken: {
      ...guarded('POST', '/token/extended-system-access-token'),
      ...bodied('POST', `${base}/token/extended-system-access-token`, asOwner),
      200: async () => act('POST', '/token/extended-system-access-token', { ...(await clientId()), expiry: 60 }),
    },
    efaIssueSystemAccessToken: {
      ...guarded('POST', '/token/system-access-token'),
      200: () => act('POST', '/token/system-access-token'),
    },
    efaRefreshToken: {
      200: async () => {
        const { refresh } = await server().session(await viewer(), efaSessionPolicy)
        const body = { 'grant-type': 'refresh_token', 'refresh-token': refresh }
        return ask('POST', '/token/refresh', { body })
      },
      400: () => ask('POST', '/token/refresh', { body: {} }),
      401: () => ask('POST', '/token/refresh', { body: { 'grant-type': 'refresh_token', 'refresh-token': 'unknown' } }),
      403: () => foreign('POST', `${base}/token/refresh`),
      ...bodied('POST', `${base}/token/refresh`),
      503: () => stopped('POST', `${base}/token/refresh`),
    },
    efaValidateToken: {
      ...guarded('GET', '/token/validate', unreadable),
      200: async () => ask('GET', '/token/validate', { headers: await asViewer() }),
    },
    efaRemoveToken: {
      ...guarded('POST', '/token/remove-token', unwritable),
      200: async () => ask('POST', '/token/remove-token', { headers: await asViewer() }),
    },
    efaShowExpiry: {
      ...guarded('GET', '/token/expiry?type=ACCESS'),
      200: () => act('GET', '/token/expiry?type=ACCESS'),
    },
    efaChangeExpiry: {
      ...guarded('POST', '/token/expiry'),
      ...bodied('POST', `${base}/token/expiry`, asOwner),
      200: () => act('POST', '/token/expiry', { type: 'CLIENT', hours: 1 }),
    },
    efaListExpiries: { ...guarded('GET', '/token/expiry/all'), 200: () => act('GET', '/token/expiry/all') },
    efaIssueApiKey: {
      ...guarded('POST', '/token/apikey'),
      ...bodied('POST', `${base}/token/apikey`, asOwner),
      200: async () => act('POST', '/token/apikey?force=true', await clientId()),
    },
    efaShowApiKey: {
      ...guarded('GET', '/token/apikey?clientId=unknown'),
      200: async () => act('GET', `/token/apikey?clientId=${(await clientId()).clientId}`),
    },
    efaRegisterClient: {
      ...guarded('POST', '/client'),
      ...bodied('POST', `${base}/client`, asOwner),
      200: () => act('POST', '/client', { name: 'efa-exercised', clientType: 'host' }),
      409: async () => act('POST', '/client', { name: (await server().client()).client.name, clientType: 'host' }),
    },
    efaShowClient: { ...guarded('GET', '/client?name=unknown'), 200: async () => act('GET', await named()) },
    efaRemoveClient: { ...guarded('DELETE', '/client?name=unknown'), 200: async () => act('DELETE', await named()) },
    efaListClients: { ...guarded('GET', '/clientlist'), 200: () => act('GET', '/clientlist') },
  }
}
