import {
  type Exercises,
  type OperationUnder,
  tooLongQuery,
  type Ways,
} from '../../../../test/contract/exercises/exercise.ts'
import { basic, bearer } from '../../../../test/recorded-server.ts'
import { goodPassword } from '../../../testing/test-server.ts'

const base = '/manifold-api'

/** A request for each documented answer of the Manifold dialect. */
export function manifoldExercises({
  server,
  owner,
  stopped,
  foreign,
  throttled,
}: Ways): Exercises<OperationUnder<'manifold'>> {
  const username = async () => {
    const user = await server().running.authority.store.users.find(await owner())
    return String(user?.username)
  }
  const withToken = async () => {
    const { body } = await server().ask('POST', `${base}/login`, { headers: basic(await username(), goodPassword) })
    return { headers: bearer(String(body.token)) }
  }
  const unreadable = async () => ({ headers: bearer(await server().personalToken(await owner(), ['write'])) })
  const get = async (path: string, question = withToken) => server().ask('GET', base + path, await question())

  const login = (method: 'GET' | 'POST') => ({
    200: async () => server().ask(method, `${base}/login`, { headers: basic(await username(), goodPassword) }),
    400: () => server().ask(method, `${base}/login`, { headers: { authorization: ['Bearer a', 'Bearer b'] } }),
    401: () => server().ask(method, `${base}/login`, { headers: bearer('none') }),
    403: () => foreign(method, `${base}/login`),
    429: () => throttled(method, `${base}/login`, { headers: basic('nobody', 'wrong') }),
    503: () => stopped(method, `${base}/login`),
  })
  const guarded = (path: string) => ({
    200: () => get(path),
    400: () => get(`${path}${tooLongQuery}`),
    401: () => server().ask('GET', base + path),
    403: () => get(path, unreadable),
    503: () => stopped('GET', base + path),
  })

  return {
    manifoldLogin: login('GET'),
    manifoldLoginByPost: login('POST'),
    manifoldShowInfo: guarded('/v3-preview'),
    manifoldListInstances: guarded('/v3-preview/cloud/instance'),
    manifoldShowInstance: {
      ...guarded('/v3-preview/cloud/instance/0'),
      404: () => get('/v3-preview/cloud/instance/99'),
    },
  }
}
