import {
  type Exercises,
  type OperationUnder,
  once,
  tooLongQuery,
  type Ways,
} from '../../../../test/contract/exercises/exercise.ts'
import type { Question } from '../../../../test/contract/recorder.ts'
import { bearer, form } from '../../../../test/recorded-server.ts'
import { goodPassword } from '../../../testing/test-server.ts'

const plainText = { 'content-type': 'text/plain' }

/** A request for each documented answer of the Insight dialect. */
export function insightExercises({ server, stopped, foreign, throttled }: Ways): Exercises<OperationUnder<'insight'>> {
  const viewer = once(() => server().user('insight-viewer'))
  const session = async () => bearer((await server().session((await viewer()).id)).access)
  const personal = async (scope?: readonly string[]) => server().personalToken((await viewer()).id, scope)
  const ask = (method: string, path: string, question?: Question) => server().ask(method, path, question)

  /** Answers of every operation with a token. The 403 lacks the scope. */
  const guarded = (method: string, path: string, scope: 'read' | 'write') => ({
    400: async () => ask(method, `${path}${tooLongQuery}`, { headers: await session() }),
    401: () => ask(method, path),
    403: async () => ask(method, path, { headers: { 'x-auth-token': await personal([scope]) } }),
    503: () => stopped(method, path),
  })
  const asSession = (method: string, path: string) => async () => ask(method, path, { headers: await session() })
  const asToken = (method: string, path: string) => async () =>
    ask(method, path, { headers: { 'x-auth-token': await personal() } })
  const creating = (method: string, path: string) => ({
    ...guarded(method, path, 'read'),
    200: asSession(method, path),
    403: async () => ask(method, path, { headers: bearer(await personal()) }),
  })
  const revoking = (method: string, path: string) => ({
    200: asToken(method, path),
    400: () => ask(method, `${path}${tooLongQuery}`),
    503: () => stopped(method, path),
  })
  const logIn = (password: string): Question => ({ body: form({ username: 'insight-viewer', password }) })
  const login = '/api/authenticate/userpass'

  return {
    insightCreateTokenByGet: creating('GET', '/api/createApiToken'),
    insightCreateToken: creating('POST', '/api/token'),
    insightListTokens: { ...guarded('GET', '/api/getApiTokens', 'write'), 200: asToken('GET', '/api/getApiTokens') },
    insightListTokensOfCaller: { ...guarded('GET', '/api/token', 'write'), 200: asToken('GET', '/api/token') },
    insightRevokeToken: revoking('GET', '/api/revokeApiToken'),
    insightDeleteToken: revoking('DELETE', '/api/token'),
    insightListRecentFiles: {
      ...guarded('GET', '/api/getUserRecentFiles', 'write'),
      200: asToken('GET', '/api/getUserRecentFiles'),
    },
    insightLogin: {
      200: async () => {
        await viewer()
        return ask('POST', login, logIn(goodPassword))
      },
      400: () => ask('POST', login, { body: form({ username: 'insight-viewer' }) }),
      401: () => ask('POST', login, logIn('wrong')),
      403: () => foreign('POST', login),
      413: () => ask('POST', login, { body: form({ username: 'x'.repeat(20_000) }) }),
      415: () => ask('POST', login, { headers: plainText, body: 'words' }),
      429: () => throttled('POST', login, { body: form({ username: 'insight-nobody', password: 'wrong' }) }),
      503: () => stopped('POST', login),
    },
  }
}
