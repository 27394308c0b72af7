import { type Exercises, type OperationUnder, once, type Ways } from '../../../../test/contract/exercises/exercise.ts'
import { bearer } from '../../../../test/recorded-server.ts'
import { newAccessKey } from './access-key.ts'

/** A request for each documented answer of the Lyve dialect, in both spellings of its path. */
export function lyveExercises({ house, owner, stopped, throttled, bodied }: Ways): Exercises<OperationUnder<'lyve'>> {
  const key = once(() => newAccessKey(house()))
  const wrong = { accountId: 'a', accessKey: 'b', secret: 'c' }

  const issue = (path: string) => ({
    200: async () => house().ask('POST', path, { body: await key() }),
    400: () => house().ask('POST', path, { body: { accountId: 'a' } }),
    403: () => house().ask('POST', path, { body: wrong }),
    ...bodied('POST', path),
    429: () => throttled('POST', path, { body: wrong }),
    503: () => stopped('POST', path),
  })
  const show = (path: string) => ({
    200: async () => {
      const { body } = await house().ask('POST', path, { body: await key() })
      return house().ask('GET', path, { headers: bearer(String(body.token)) })
    },
    400: () => house().ask('GET', path),
    403: async () => house().ask('GET', path, { headers: bearer(await house().personalToken(await owner())) }),
    503: () => stopped('GET', path),
  })

  return {
    lyveIssueToken: issue('/v2/auth/token'),
    lyveIssueTokenAtSlash: issue('/v2/auth/token/'),
    lyveShowToken: show('/v2/auth/token'),
    lyveShowTokenAtSlash: show('/v2/auth/token/'),
  }
}
