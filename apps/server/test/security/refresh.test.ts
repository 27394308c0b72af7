import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifoldSessionPolicy } from '../../src/dialects/manifold/dialect.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import type { Answer } from '../contract/recorder.ts'
import {
  basic,
  bearer,
  cookie,
  form,
  type RecordedServer,
  startRecordedServer,
  type Tokens,
} from '../recorded-server.ts'

const key = 'k'.repeat(22)
const otherKey = 'q'.repeat(22)

let house: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  house = await startRecordedServer()
  ada = await house.user('ada', 'manager')
})
afterAll(() => house.close())

interface Refreshed {
  readonly status: number
  readonly access: string
  readonly refresh: string
  readonly code: unknown
}

/** Every way to refresh, with what it calls a refusal. */
const ways = [
  {
    name: 'POST /v1/sessions/refresh',
    open: () => house.session(ada.id),
    async refresh(token: string, retryKey?: string): Promise<Refreshed> {
      const headers = retryKey === undefined ? {} : { 'idempotency-key': retryKey }
      return tokensOf(await house.ask('POST', '/v1/sessions/refresh', { headers, body: { refresh_token: token } }))
    },
    refused: [401, 'refresh_token_reused', 'grant_invalid'],
    me: '/v1/me',
  },
  {
    name: 'POST /oauth2/token',
    open: () => house.session(ada.id),
    async refresh(token: string, retryKey?: string): Promise<Refreshed> {
      const headers = retryKey === undefined ? {} : { 'idempotency-key': retryKey }
      return tokensOf(await house.ask('POST', '/oauth2/token', { headers, body: refreshForm(token) }))
    },
    refused: [400, 'invalid_grant', 'invalid_grant'],
    me: '/v1/me',
  },
  ...(['GET', 'POST'] as const).map((method) => ({
    name: `${method} /manifold-api/login`,
    open: () => house.session(ada.id, manifoldSessionPolicy),
    async refresh(token: string, retryKey?: string): Promise<Refreshed> {
      const headers = { ...bearer(token), ...(retryKey === undefined ? {} : { 'idempotency-key': retryKey }) }
      return tokensOf(await house.ask(method, '/manifold-api/login', { headers }))
    },
    refused: [401, 401, 401],
    me: '/manifold-api/v3-preview',
  })),
]

const refreshForm = (token: string, more: Record<string, string> = {}) =>
  form({ grant_type: 'refresh_token', client_id: 'countersign', refresh_token: token, ...more })

const tokensOf = ({ status, body }: Answer): Refreshed => ({
  status,
  access: String(body.access_token ?? body.token),
  refresh: String(body.refresh_token),
  code: body.error === undefined ? body.code : (body.code ?? body.error),
})

describe.each(ways)('$name', ({ open, refresh, refused, me }) => {
  const [status, reused, invalid] = refused
  const accepts = async (token: string) => (await house.ask('GET', me, { headers: bearer(token) })).status === 200

  it('N-050 revokes everything when a superseded token comes again', async () => {
    const first = await open()
    const second = await refresh(first.refresh)
    expect([second.status, await accepts(second.access)]).toEqual([200, true])
    expect(await refresh(first.refresh)).toMatchObject({ status, code: reused })
    expect(await refresh(second.refresh)).toMatchObject({ status, code: invalid })
    expect([await accepts(first.access), await accepts(second.access)]).toEqual([false, false])
  })

  it('N-051 lets exactly one of twenty parallel refreshes win, and none is left alive', async () => {
    const { refresh: token } = await open()
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token)))
    const winners = answers.filter((answer) => answer.status === 200)
    expect(winners).toHaveLength(1)
    expect((await refresh(winners[0]?.refresh ?? '')).status).toBe(status)
  })

  it('N-056 gives the same successor to a retry with the same key, and a fresh access token', async () => {
    const { refresh: token } = await open()
    const lost = await refresh(token, key)
    const retried = await refresh(token, key)
    expect([lost.status, retried.status, retried.refresh]).toEqual([200, 200, lost.refresh])
    expect(retried.access).not.toBe(lost.access)
    expect(await accepts(retried.access)).toBe(true)
  })

  it('N-057 revokes everything at a retry with another key', async () => {
    const { refresh: token } = await open()
    const { refresh: successor } = await refresh(token, key)
    expect(await refresh(token, otherKey)).toMatchObject({ status, code: reused })
    expect((await refresh(successor)).status).toBe(status)
  })

  it('N-058 revokes everything at a retry after the window, and at one after its successor was used', async () => {
    const { refresh: late } = await open()
    await refresh(late, key)
    house.time.advance(61)
    expect(await refresh(late, key)).toMatchObject({ status, code: reused })
    const { refresh: overtaken } = await open()
    const { refresh: successor } = await refresh(overtaken, key)
    await refresh(successor, otherKey)
    expect(await refresh(overtaken, key)).toMatchObject({ status, code: reused })
  })

  it.each(['', '1', 'k'.repeat(21), 'k'.repeat(129), `"${key}"`, `${key.slice(1)}é`, `${key.slice(2)} k`])(
    'N-217 refuses the key %j, and the token is not spent',
    async (bad) => {
      const { refresh: token } = await open()
      expect((await refresh(token, bad)).status).toBe(400)
      expect((await refresh(token)).status).toBe(200)
    },
  )

  it('N-065 takes no access token, personal token or cookie for a refresh token', async () => {
    const { access, id } = await open()
    for (const token of [access, await house.personalToken(ada.id), house.cookieOf(id), 'garbage']) {
      expect(await refresh(token)).toMatchObject({ status, code: invalid })
    }
  })

  it('N-067 refuses the refresh of a person who was disabled', async () => {
    const { refresh: token } = await open()
    const [{ disabled_at } = {}] = house.sql('SELECT disabled_at FROM users WHERE id = ?', ada.id)
    expect(disabled_at).toBeNull()
    house.sql('UPDATE users SET disabled_at = 1 WHERE id = ?', ada.id)
    const answer = await refresh(token)
    house.sql('UPDATE users SET disabled_at = NULL WHERE id = ?', ada.id)
    expect(answer).toMatchObject({ status, code: invalid })
  })
})

it('N-217 refuses a key that is sent twice', async () => {
  const { refresh } = await house.session(ada.id)
  const headers = { 'idempotency-key': [key, key] }
  expect((await house.ask('POST', '/v1/sessions/refresh', { headers, body: { refresh_token: refresh } })).status).toBe(
    400,
  )
})

describe('N-062 a refresh token of one client or dialect', () => {
  it('is refused at every other one, and stays alive', async () => {
    const native = await house.session(ada.id)
    const manifold = await house.session(ada.id, manifoldSessionPolicy)
    const { client, secret } = await house.client()
    const body = form({ grant_type: 'refresh_token', refresh_token: native.refresh })
    const foreign = [
      await house.ask('POST', '/oauth2/token', { headers: basic(client.id, secret), body }),
      await house.ask('GET', '/manifold-api/login', { headers: bearer(native.refresh) }),
      await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: manifold.refresh } }),
      await house.ask('POST', '/oauth2/token', { body: refreshForm(manifold.refresh) }),
    ]
    expect(foreign.map(({ status }) => status)).toEqual([400, 401, 401, 400])
    expect((await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: native.refresh } })).status).toBe(
      200,
    )
    expect((await house.ask('GET', '/manifold-api/login', { headers: bearer(manifold.refresh) })).status).toBe(200)
  })
})

describe('N-064 a refresh', () => {
  const ask = (token: string, scope: string) =>
    house.ask('POST', '/oauth2/token', { body: refreshForm(token, { scope }) })

  it.each(['read write admin', 'admin', 'read "x"'])('never widens the scope: %s', async (scope) => {
    const { refresh } = await house.session(ada.id)
    const { status, body } = await ask(refresh, scope)
    expect([status, ['invalid_scope', 'invalid_request'].includes(String(body.error))]).toEqual([400, true])
    expect((await ask(refresh, 'read')).body).toMatchObject({ scope: 'read' })
  })

  it('tells the role as it is now, and the old access token has it at once (N-094)', async () => {
    const { access, refresh } = await house.session(ada.id)
    const role = async (token: string) => (await house.ask('GET', '/v1/me', { headers: bearer(token) })).body.role
    expect(await role(access)).toBe('manager')
    house.sql("UPDATE users SET role = 'viewer' WHERE id = ?", ada.id)
    expect(await role(access)).toBe('viewer')
    const lowered = await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: refresh } })
    house.sql("UPDATE users SET role = 'manager' WHERE id = ?", ada.id)
    expect(lowered.body.role).toBe('viewer')
    expect(await role(String(lowered.body.access_token))).toBe('viewer')
  })
})

describe('N-065 a refresh token', () => {
  it('is no access token, by header or by cookie', async () => {
    const { refresh } = await house.session(ada.id)
    expect((await house.ask('GET', '/v1/me', { headers: bearer(refresh) })).status).toBe(401)
    expect((await house.ask('GET', '/v1/me', { headers: cookie(refresh) })).status).toBe(401)
  })
})

it('N-067 a refresh token dies when the password is changed', async () => {
  const { id } = await house.user('bea')
  const [asking, other] = [await house.session(id), await house.session(id)]
  const body = { current_password: goodPassword, new_password: 'a quiet lighthouse keeps its own hours' }
  expect((await house.ask('PUT', '/v1/me/password', { headers: bearer(asking.access), body })).status).toBe(204)
  const refresh = (token: string) => house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })
  expect((await refresh(other.refresh)).status).toBe(401)
  expect((await refresh(asking.refresh)).status).toBe(200)
})

describe('N-068 a refresh token is looked for in one place only', () => {
  let session: Tokens
  beforeAll(async () => {
    session = await house.session(ada.id)
  })

  it('and not in a query, a cookie, the body of a GET, or twice in a form', async () => {
    const token = session.refresh
    const twice = `grant_type=refresh_token&client_id=countersign&refresh_token=${token}&refresh_token=${token}`
    const answers = [
      await house.ask('POST', `/v1/sessions/refresh?refresh_token=${token}`),
      await house.ask('POST', `/v1/sessions/refresh?refresh_token=${token}`, { body: { refresh_token: token } }),
      await house.ask('POST', `/oauth2/token?refresh_token=${token}`, { body: refreshForm(token) }),
      await house.ask('POST', '/v1/sessions/refresh', { headers: cookie(token) }),
      await house.ask('POST', '/oauth2/token', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: twice,
      }),
      await house.ask('GET', '/v1/sessions/refresh', { body: { refresh_token: token } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 405])
    expect((await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })).status).toBe(200)
  })
})

it('N-219 a used ancestor is enough to revoke its whole chain', async () => {
  const first = await house.session(ada.id)
  const refreshed = await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: first.refresh } })
  const revoke = await house.ask('POST', '/oauth2/revoke', {
    body: form({ client_id: 'countersign', token: first.refresh }),
  })
  expect(revoke.status).toBe(200)
  const { access_token, refresh_token } = refreshed.body
  expect((await house.ask('GET', '/v1/me', { headers: bearer(String(access_token)) })).status).toBe(401)
  expect((await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token } })).body.code).toBe('grant_invalid')
})
