import { bearer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

const nobody = '0'.repeat(22)

type OfOwner = 'introspectAnyToken' | 'revokeAnyToken'

/** A way to each answer of the operations on personal tokens, and of the owner's view of everything. */
export function tokenExercises({
  house,
  owner,
  stopped,
  throttled,
  bodied,
}: Ways): Exercises<OperationUnder<'tokens' | 'audit'> | OfOwner> {
  const viewer = once(() => house().user('tokens-viewer'))
  const asViewer = async () => bearer((await house().session((await viewer()).id)).access)
  const asOwner = async () => bearer((await house().session(await owner())).access)
  const personal = async (scope?: readonly string[]) => bearer(await house().personalToken((await viewer()).id, scope))
  const ask = async (method: string, path: string, who = asViewer, body?: Question['body']) =>
    house().ask(method, path, { headers: await who(), body })

  const guarded = (method: string, path: string, refused: typeof asViewer) => ({
    400: () => ask(method, `${path}?unknown=1`, asOwner),
    401: () => house().ask(method, path),
    403: () => ask(method, path, refused),
    503: () => stopped(method, path),
  })

  return {
    listPersonalTokens: {
      ...guarded('GET', '/v1/tokens', () => personal(['write'])),
      200: async () => {
        await personal()
        return ask('GET', '/v1/tokens?limit=2')
      },
    },
    createPersonalToken: {
      ...guarded('POST', '/v1/tokens', personal),
      ...bodied('POST', '/v1/tokens', asViewer),
      409: async () => {
        const { id } = await house().user('many-tokens')
        for (let made = 0; made < 100; made++) await house().personalToken(id)
        const headers = async () => bearer((await house().session(id)).access)
        return ask('POST', '/v1/tokens', headers, {})
      },
      201: () => ask('POST', '/v1/tokens', asViewer, { label: 'nightly backup', expires_in: 3600, scope: 'read' }),
      429: async () => {
        const { id } = await house().user('tokens-guesser')
        const headers = bearer((await house().session(id)).access)
        return throttled('POST', '/v1/tokens', { headers, body: { password: 'wrong' } })
      },
    },
    revokePersonalToken: {
      ...guarded('DELETE', `/v1/tokens/${nobody}`, personal),
      204: async () => {
        const { body } = await ask('POST', '/v1/tokens', asViewer, {})
        return ask('DELETE', `/v1/tokens/${String(body.id)}`)
      },
      404: () => ask('DELETE', `/v1/tokens/${nobody}`),
    },
    listAuditEvents: {
      ...guarded('GET', '/v1/audit', asViewer),
      200: () => ask('GET', '/v1/audit?limit=5', asOwner),
    },
    introspectAnyToken: {
      ...guarded('POST', '/v1/introspect', asViewer),
      ...bodied('POST', '/v1/introspect', asOwner),
      200: () => ask('POST', '/v1/introspect', asOwner, { token: 'unknown' }),
    },
    revokeAnyToken: {
      ...guarded('POST', '/v1/revoke', asViewer),
      ...bodied('POST', '/v1/revoke', asOwner),
      204: () => ask('POST', '/v1/revoke', asOwner, { token: 'unknown' }),
    },
  }
}
