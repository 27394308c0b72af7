import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { staticToken } from '../session/token-source.ts'
import { passwordSession } from '../sources/password-session.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import { problem, sessionRules } from '../testing/session-rules.ts'
import { createClient } from './client.ts'
import { unwrap } from './unwrap.ts'

const id = '0'.repeat(22)

describe('a call', () => {
  it('presents the token of its source', async () => {
    const server = await startHttpServer(() => ({ status: 200, json: {} }))
    await createClient({ baseUrl: server.url, auth: staticToken('abc') }).GET('/v1/me')
    await createClient({ baseUrl: server.url, auth: () => 'def' }).GET('/v1/me')
    await createClient({ baseUrl: server.url, auth: () => undefined }).GET('/v1/me')
    await createClient({ baseUrl: server.url }).GET('/v1/me')
    const presented = server.received.map(({ headers }) => headers.authorization)
    expect(presented).toEqual(['Bearer abc', 'Bearer def', undefined, undefined])
  })

  it('is sent again with its body after a refresh', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const auth = passwordSession({ username: 'ada', password: 'correct horse' })
    const client = createClient({ baseUrl: server.url, auth })
    await client.GET('/v1/me')
    rules.expireAccessTokens()
    const body = { current_password: 'correct horse', new_password: 'battery staple' }
    const { response } = await client.PUT('/v1/me/password', { body })
    expect(response.status).toBe(204)
    const sent = server.received.filter(({ path }) => path === '/v1/me/password')
    expect(sent.map((request) => JSON.parse(request.body))).toEqual([body, body])
    expect(new Set(sent.map(({ headers }) => headers.authorization)).size).toBe(2)
  })

  it('is not repeated when its 401 is not about the token', async () => {
    const server = await startHttpServer(() => problem(401, 'credentials_invalid'))
    const client = createClient({ baseUrl: server.url, auth: () => `t${server.received.length}` })
    const body = { current_password: 'wrong', new_password: 'battery staple' }
    const { error } = await client.PUT('/v1/me/password', { body })
    expect(error).toMatchObject({ code: 'credentials_invalid' })
    expect(server.received).toHaveLength(1)
  })

  it('of a fixed token that is refused is answered, not repeated', async () => {
    const server = await startHttpServer(() => problem(401, 'token_invalid'))
    const client = createClient({ baseUrl: server.url, auth: staticToken('abc') })
    await expect(unwrap(client.GET('/v1/me'))).rejects.toMatchObject({ code: 'token_invalid', status: 401 })
    expect(server.received).toHaveLength(1)
  })

  it('calls a token function again when its token is refused, and repeats once', async () => {
    const server = await startHttpServer(({ headers }) =>
      headers.authorization === 'Bearer fresh' ? { status: 200, json: {} } : problem(401, 'token_expired'),
    )
    const tokens = ['stale', 'fresh']
    const client = createClient({ baseUrl: server.url, auth: async () => tokens.shift() })
    expect((await client.GET('/v1/me')).response.status).toBe(200)
    expect(server.received).toHaveLength(2)
  })

  it('with an Authorization header of its own is left as it is', async () => {
    const server = await startHttpServer(() => problem(401, 'token_invalid'))
    const client = createClient({ baseUrl: server.url, auth: () => 'abc' })
    await client.GET('/v1/me', { headers: { Authorization: 'Bearer mine' } })
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine'])
  })

  it('with a personal token in X-Auth-Token carries no second credential, which the server would refuse', async () => {
    const server = await startHttpServer(() => ({ status: 200, json: {} }))
    const client = createClient({ baseUrl: server.url, auth: staticToken('abc') })
    await client.GET('/v1/me', { headers: { 'X-Auth-Token': 'cs_pat_mine' } })
    expect(server.received[0]?.headers).toMatchObject({ 'x-auth-token': 'cs_pat_mine' })
    expect(server.received[0]?.headers.authorization).toBeUndefined()
  })

  it('with a token carries no cookie of a browser, unless it says so; without one it does', async () => {
    const server = await startHttpServer(() => ({ status: 200, json: {} }))
    const modes: string[] = []
    const fetch = (request: Request) => {
      modes.push(request.credentials)
      return globalThis.fetch(request)
    }
    const client = createClient({ baseUrl: server.url, auth: staticToken('abc'), fetch })
    await client.GET('/v1/me')
    await client.GET('/v1/me', { credentials: 'include' })
    await createClient({ baseUrl: server.url, fetch }).GET('/v1/me')
    expect(modes).toEqual(['omit', 'include', 'same-origin'])
  })

  it('with a form is sent again as it was', async () => {
    const server = await startHttpServer(({ headers }) =>
      headers.authorization === 'Bearer fresh' ? { status: 200, json: {} } : problem(401, 'token_expired'),
    )
    const tokens = ['stale', 'fresh']
    const client = createClient({ baseUrl: server.url, auth: async () => tokens.shift() })
    const form = new FormData()
    form.set('username', 'ada')
    await client.POST('/v1/tokens', { body: form as never })
    const [first, second] = server.received
    expect(first?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(first?.body).toContain('ada')
    expect({ ...second, headers: second?.headers['content-type'] }).toEqual({
      ...first,
      headers: first?.headers['content-type'],
    })
  })

  it('N-267 never leaves the base URL, whatever its options say', async () => {
    const other = await startHttpServer(() => ({ status: 200, json: {} }))
    const server = await startHttpServer(() => ({ status: 200, json: {} }))
    const client = createClient({ baseUrl: `${server.url}/auth`, auth: staticToken('abc') })
    await expect(client.GET('/v1/me', { baseUrl: other.url })).rejects.toThrow(TypeError)
    await expect(client.GET('/v1/me', { baseUrl: server.url })).rejects.toThrow(TypeError)
    expect([...other.received, ...server.received]).toEqual([])
  })

  it('N-267 does not follow a redirect, even when its options say so', async () => {
    const other = await startHttpServer(() => ({ status: 200, json: {} }))
    const server = await startHttpServer(() => ({ status: 307, headers: { Location: `${other.url}/v1/me` } }))
    const client = createClient({ baseUrl: server.url, auth: staticToken('abc') })
    await expect(client.GET('/v1/me', { redirect: 'follow' })).rejects.toMatchObject({ code: 'unexpected_response' })
    expect(other.received).toEqual([])
  })

  it.each(['..', '.', ''])('refuses the path parameter "%s", which would name another operation', async (value) => {
    const server = await startHttpServer(() => ({ status: 204 }))
    const client = createClient({ baseUrl: server.url, auth: staticToken('abc') })
    const call = client.DELETE('/v1/authorizations/{id}', { params: { path: { id: value } } })
    await expect(call).rejects.toThrow(TypeError)
    expect(server.received).toEqual([])
  })

  it('N-268 does not quote broken JSON', async () => {
    const server = await startHttpServer(() => ({ raw: (response) => response.end('{"access_token": s3cret') }))
    const failure = await createClient({ baseUrl: server.url })
      .GET('/v1/me')
      .catch((error) => error)
    expect(failure).toMatchObject({ code: 'unexpected_response' })
    expect(inspect(failure, { depth: 9 })).not.toContain('s3cret')
  })

  it('is bounded', async () => {
    const server = await startHttpServer(() => ({ status: 200, json: { padding: 'a'.repeat(2000) } }))
    const client = createClient({ baseUrl: server.url, maxResponseBytes: 1000 })
    await expect(client.GET('/v1/me')).rejects.toMatchObject({ reason: 'the body is too large' })
  })

  it('stops waiting for a shared refresh when its own signal aborts; the others go on', async () => {
    const rules = sessionRules()
    const caller = new AbortController()
    const server = await startHttpServer((request) => {
      if (request.path === '/v1/sessions') caller.abort(new RangeError('enough'))
      return rules.react(request)
    })
    const auth = passwordSession({ username: 'ada', password: 'correct horse' })
    const client = createClient({ baseUrl: server.url, auth })
    const [aborted, patient] = await Promise.allSettled([
      client.GET('/v1/me', { signal: caller.signal }),
      client.GET('/v1/me'),
    ])
    expect(aborted).toMatchObject({ status: 'rejected', reason: new RangeError('enough') })
    expect(patient).toMatchObject({ status: 'fulfilled', value: { response: { status: 200 } } })
  })

  it('requests no token when its signal has aborted already', async () => {
    const server = await startHttpServer(() => ({ status: 200, json: {} }))
    let asked = 0
    const auth = async () => {
      asked += 1
      throw new Error('nobody would hear of this')
    }
    const signal = AbortSignal.abort(new RangeError('enough'))
    await expect(createClient({ baseUrl: server.url, auth }).GET('/v1/me', { signal })).rejects.toThrow('enough')
    expect(asked).toBe(0)
  })

  it('ends when its signal aborts while its body is still being read', async () => {
    const server = await startHttpServer(() => ({ status: 200, json: {} }))
    const caller = new AbortController()
    const endless = new ReadableStream({ pull: () => caller.abort(new RangeError('enough')) }, { highWaterMark: 0 })
    const call = createClient({ baseUrl: server.url, auth: staticToken('abc') }).POST('/v1/tokens', {
      body: endless as never,
      bodySerializer: (body) => body as never,
      signal: caller.signal,
      ...{ duplex: 'half' },
    })
    await expect(call).rejects.toThrow('enough')
    expect(server.received).toEqual([])
  })

  it('gives what the contract documents: data, error or nothing', async () => {
    const server = await startHttpServer(({ method }) =>
      method === 'GET' ? { status: 200, json: { username: 'ada' } } : problem(404, 'not_found'),
    )
    const client = createClient({ baseUrl: server.url })
    expect(await unwrap(client.GET('/v1/me'))).toEqual({ username: 'ada' })
    const { error } = await client.DELETE('/v1/authorizations/{id}', { params: { path: { id } } })
    expect(error).toMatchObject({ code: 'not_found' })
  })
})

describe('a client', () => {
  it('N-267 is not made for plain http to another host', () => {
    expect(() => createClient({ baseUrl: 'http://auth.example' })).toThrow(TypeError)
    expect(() => createClient({ baseUrl: 'http://auth.example', allowInsecureHttp: true })).not.toThrow()
  })

  it.each([{ timeoutSeconds: 0 }, { timeoutSeconds: Number.NaN }, { maxResponseBytes: -1 }, { retryWindowSeconds: 0 }])(
    'is not made with a limit that nothing can keep: %o',
    (options) => {
      expect(() => createClient({ baseUrl: 'https://auth.example', ...options })).toThrow(TypeError)
      expect(() =>
        createClient({ baseUrl: 'https://auth.example', timeoutSeconds: Number.POSITIVE_INFINITY }),
      ).not.toThrow()
    },
  )

  it('N-268 shows no secret when it, its source or its failures are printed', async () => {
    const rules = sessionRules({ password: 'hunter2' })
    const server = await startHttpServer(rules.react)
    const auth = passwordSession({ username: 'ada', password: 'hunter2' })
    const client = createClient({ baseUrl: server.url, auth, clock: manualClock(), random: countingRandom() })
    await client.GET('/v1/me')
    rules.expireAccessTokens()
    const { response } = await client.GET('/v1/me')
    const printed = [auth, client, response, client.GET].map((value) => inspect(value, { depth: 9, showHidden: true }))
    printed.push(JSON.stringify(auth), JSON.stringify(client))
    for (const text of printed) expect(text).not.toMatch(/hunter2|access-\d|refresh-\d/)
  })

  it('signs out at the server first, and forgets nothing when that fails', async () => {
    const rules = sessionRules()
    let away = false
    const server = await startHttpServer((request) => (away ? { cut: 'before' } : rules.react(request)))
    const auth = passwordSession({ username: 'ada', password: 'correct horse' })
    const client = createClient({ baseUrl: server.url, auth })
    await client.GET('/v1/me')
    away = true
    await expect(client.signOut()).rejects.toMatchObject({ code: 'transport_failed' })
    away = false
    expect((await client.GET('/v1/me')).response.status).toBe(200)
    await client.signOut()
    expect(rules.logins).toBe(1)
    expect(server.received.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/sessions/current' })
  })
})
