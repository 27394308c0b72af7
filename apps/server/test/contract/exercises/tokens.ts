import { bearer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

const unknownId = '0'.repeat(22)

type OfOwner = 'introspectAnyToken' | 'revokeAnyToken'

/** A way to each answer of the operations on personal tokens, and of the owner's view of everything. */
export function tokenExercises({
  server,
  owner,
  stopped,
  throttled,
  bodied,
}: Ways): Exercises<OperationUnder<'tokens' | 'audit' | 'revocations'> | OfOwner> {
  const viewer = once(() => server().user('tokens-viewer'))
  const asViewer = async () => bearer((await server().session((await viewer()).id)).access)
  const asOwner = async () => bearer((await server().session(await owner())).access)
  const personal = async (scope?: readonly string[]) => bearer(await server().personalToken((await viewer()).id, scope))
  const ask = async (method: string, path: string, who = asViewer, body?: Question['body']) =>
    server().ask(method, path, { headers: await who(), body })

  const guarded = (method: string, path: string, refused: typeof asViewer) => ({
    400: () => ask(method, `${path}?unknown=1`, asOwner),
    401: () => server().ask(method, path),
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
        const { id } = await server().user('many-tokens')
        for (let made = 0; made < 100; made++) await server().personalToken(id)
        const headers = async () => bearer((await server().session(id)).access)
        return ask('POST', '/v1/tokens', headers, {})
      },
      201: () => ask('POST', '/v1/tokens', asViewer, { label: 'nightly backup', expires_in: 3600, scope: 'read' }),
      429: async () => {
        const { id } = await server().user('tokens-guesser')
        const headers = bearer((await server().session(id)).access)
        return throttled('POST', '/v1/tokens', { headers, body: { password: 'wrong' } })
      },
    },
    revokePersonalToken: {
      ...guarded('DELETE', `/v1/tokens/${unknownId}`, personal),
      204: async () => {
        const { body } = await ask('POST', '/v1/tokens', asViewer, {})
        return ask('DELETE', `/v1/tokens/${String(body.id)}`)
      },
      404: () => ask('DELETE', `/v1/tokens/${unknownId}`),
    },
    listAuditEvents: {
      ...guarded('GET', '/v1/audit', asViewer),
      200: () => ask('GET', '/v1/audit?limit=5', asOwner),
    },
    listRevocations: {
      ...guarded('GET', '/v1/revocations', asViewer),
      200: () => ask('GET', '/v1/revocations?limit=5', asOwner),
      410: async () => {
        // As if every entry had been forgotten.
        const [kept] = server().sql(`SELECT value FROM marks WHERE name = 'revocations_forgotten'`)
        server().sql(`UPDATE marks SET value = 1000000 WHERE name = 'revocations_forgotten'`)
        try {
          return await ask('GET', '/v1/revocations?after=1', asOwner)
        } finally {
          server().sql(`UPDATE marks SET value = ${Number(kept?.value)} WHERE name = 'revocations_forgotten'`)
        }
      },
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
