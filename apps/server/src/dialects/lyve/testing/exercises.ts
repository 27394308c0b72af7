import { type Exercises, type OperationUnder, once, type Ways } from '../../../../test/contract/exercises/exercise.ts'
import { bearer } from '../../../../test/recorded-server.ts'
import { newAccessKey } from './access-key.ts'

/** A request for each documented answer of the Lyve dialect, in both spellings of its path. */
export function lyveExercises({ server, owner, stopped, throttled, bodied }: Ways): Exercises<OperationUnder<'lyve'>> {
  const key = once(() => newAccessKey(server()))
  const wrong = { accountId: 'a', accessKey: 'b', secret: 'c' }

  const issue = (path: string) => ({
    200: async () => server().ask('POST', path, { body: await key() }),
    400: () => server().ask('POST', path, { body: { accountId: 'a' } }),
    403: () => server().ask('POST', path, { body: wrong }),
    ...bodied('POST', path),
    429: () => throttled('POST', path, { body: wrong }),
    503: () => stopped('POST', path),
  })
  const show = (path: string) => ({
    200: async () => {
      const { body } = await server().ask('POST', path, { body: await key() })
      return server().ask('GET', path, { headers: bearer(String(body.token)) })
    },
    400: () => server().ask('GET', path),
    403: async () => server().ask('GET', path, { headers: bearer(await server().personalToken(await owner())) }),
    503: () => stopped('GET', path),
  })

  return {
    lyveIssueToken: issue('/v2/auth/token'),
    lyveIssueTokenAtSlash: issue('/v2/auth/token/'),
    lyveShowToken: show('/v2/auth/token'),
    lyveShowTokenAtSlash: show('/v2/auth/token/'),
  }
}
