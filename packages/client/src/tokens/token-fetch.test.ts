import { describe, expect, it } from 'vitest'
import { staticToken } from '../session/token-source.ts'
import { clientCredentials } from '../sources/client-credentials.ts'
import { passwordSession } from '../sources/password-session.ts'
import { type AudienceRules, audienceRules } from '../testing/audience-rules.ts'
import { type Reaction, type Received, startHttpServer } from '../testing/http-server.ts'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import { createTokens } from './create-tokens.ts'
import { ForeignOriginError } from './foreign-origin-error.ts'
import type { TokensOptions } from './tokens.ts'

/** An API that accepts tokens that were issued for it, and nothing else. */
async function startApi(
  rules: AudienceRules,
  react: (request: Received) => Reaction = () => ({ status: 200, json: {} }),
) {
  const api = await startHttpServer((request) => {
    const isMeant = rules.tokenOf(request)?.audience === api.url
    return isMeant ? react(request) : { status: 401, json: { code: 'not_a_code_of_ours' } }
  })
  return api
}

async function setUp(react?: (request: Received) => Reaction, options: Partial<TokensOptions> = {}) {
  const rules = audienceRules()
  const issuer = await startHttpServer(rules.react)
  const api = await startApi(rules, react)
  const clock = manualClock()
  const tokens = createTokens({
    issuer: issuer.url,
    auth: passwordSession({ username: 'ada', password: 'correct horse', relogin: false }),
    resource: api.url,
    clock,
    random: countingRandom(),
    ...options,
  })
  return { rules, issuer, api, clock, tokens }
}

describe('the fetch of tokens', () => {
  it('takes what fetch takes, and needs no this', async () => {
    const { api, tokens } = await setUp()
    const { fetch } = tokens
    const signal = new AbortController().signal
    const calls = [
      () => fetch(`${api.url}/text?q=1`),
      () => fetch(new URL(`${api.url}/url`)),
      () => fetch(new Request(`${api.url}/request`, { method: 'PUT', body: 'a', headers: { 'X-Own': '1' } })),
      () => fetch(`${api.url}/init`, { method: 'POST', body: new URLSearchParams({ b: 'c' }), signal }),
      () => fetch(new Request(`${api.url}/both`, { method: 'POST', body: 'd' }), { method: 'PATCH', body: 'e' }),
    ]
    for (const call of calls) expect((await call()).status).toBe(200)
    expect(api.received.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
      'GET /text?q=1 ',
      'GET /url ',
      'PUT /request a',
      'POST /init b=c',
      'PATCH /both e',
    ])
    expect(api.received[2]?.headers['x-own']).toBe('1')
    expect(api.received[3]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
  })

  it('works with tokens of a client, one for each API', async () => {
    const { rules, issuer, api, tokens } = await setUp(undefined, {
      auth: clientCredentials({ clientId: 'reports', clientSecret: 'cs_key_x' }),
      scope: 'orders:read',
    })
    expect((await tokens.fetch(api.url)).status).toBe(200)
    await tokens.get({ resource: 'https://other.example' })
    await tokens.get({ resource: 'https://other.example' })
    expect(rules.counts.clientTokens).toBe(2)
    const forms = issuer.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
    expect(forms).toEqual([
      { grant_type: 'client_credentials', scope: 'orders:read', resource: api.url },
      { grant_type: 'client_credentials', resource: 'https://other.example' },
    ])
    const unknown = tokens.get({ resource: 'https://unknown.example' })
    await expect(unknown).rejects.toMatchObject({ code: 'invalid_target' })
  })

  it('presents another token before the old one expires, so that nothing is refused', async () => {
    const { rules, api, clock, tokens } = await setUp()
    for (let minute = 0; minute < 60; minute += 1) {
      expect((await tokens.fetch(api.url)).status).toBe(200)
      clock.advance(60)
    }
    expect(rules.counts).toMatchObject({ logins: 1, rotations: 5 })
  })

  const bodies: readonly [string, () => RequestInit['body']][] = [
    ['a text', () => 'abc'],
    ['bytes', () => new TextEncoder().encode('abc')],
    ['a blob', () => new Blob(['abc'])],
    ['a form', () => new URLSearchParams({ abc: '' })],
  ]
  it.each(bodies)('sends %s again after a 401, once, with another token', async (_, bodyOf) => {
    const { rules, api, tokens } = await setUp()
    await tokens.fetch(api.url)
    rules.expireAccessTokens()
    const body = bodyOf() ?? null
    expect((await tokens.fetch(`${api.url}/orders`, { method: 'POST', body })).status).toBe(200)
    rules.expireAccessTokens()
    const request = new Request(`${api.url}/orders`, { method: 'POST', body })
    expect((await tokens.fetch(request)).status).toBe(200)
    const sent = api.received.filter(({ path }) => path === '/orders')
    expect(sent.map((it) => it.body.slice(0, 3))).toEqual(['abc', 'abc', 'abc', 'abc'])
    expect(new Set(sent.map(({ headers }) => headers.authorization)).size).toBe(3)
    expect(rules.counts).toMatchObject({ rotations: 1, repeats: 1, reuses: 0 })
  })

  it('returns the second 401, if another token is refused, too, with its body', async () => {
    const { api, tokens } = await setUp(() => ({ status: 401, json: { why: 'suspended' } }))
    const response = await tokens.fetch(api.url)
    expect(await response.json()).toEqual({ why: 'suspended' })
    expect(api.received).toHaveLength(2)
  })

  it('spends no refresh token again and again for an API that refuses every token', async () => {
    const { rules, tokens, api } = await setUp(() => ({ status: 401 }))
    for (let call = 0; call < 10; call += 1) await tokens.fetch(api.url)
    expect(rules.counts).toMatchObject({ rotations: 1, reuses: 0 })
  })

  it('returns the 401 for a body that is a stream, and has another token for the next request', async () => {
    const { rules, api, tokens } = await setUp()
    await tokens.fetch(api.url)
    const stream = () => new Blob(['abc']).stream()
    const send = () => tokens.fetch(api.url, { method: 'POST', body: stream(), ...{ duplex: 'half' } })
    expect((await send()).status).toBe(200)
    rules.expireAccessTokens()
    const refused = await send()
    expect(refused.status).toBe(401)
    expect(await refused.json()).toEqual({ code: 'not_a_code_of_ours' })
    expect((await send()).status).toBe(200)
    expect(api.received.slice(1).map(({ body }) => body)).toEqual(['abc', 'abc', 'abc'])
  })

  it('refreshes once for 100 concurrent requests that are refused', async () => {
    const { rules, api, tokens } = await setUp()
    await tokens.fetch(api.url)
    rules.expireAccessTokens()
    const responses = await Promise.all(Array.from({ length: 100 }, () => tokens.fetch(api.url)))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(rules.counts).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })

  it('leaves a request with an Authorization header of its own as it is', async () => {
    const { api, issuer, tokens } = await setUp()
    const response = await tokens.fetch(api.url, { headers: { Authorization: 'Bearer mine' } })
    expect(response.status).toBe(401)
    expect(api.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine'])
    expect(issuer.received).toEqual([])
    await expect(tokens.fetch('https://x.example', { headers: { Authorization: 'Bearer mine' } })).rejects.toThrow(
      ForeignOriginError,
    )
  })

  it('respects the signal: before anything is sent, while a token is requested, and while the API works', async () => {
    const caller = new AbortController()
    const { rules, api, tokens } = await setUp(() => ({ silence: true }))
    const aborted = AbortSignal.abort(new RangeError('enough'))
    await expect(tokens.fetch(api.url, { signal: aborted })).rejects.toThrow('enough')
    expect(rules.counts.logins).toBe(0)
    const slow = createTokens({
      issuer: 'https://auth.example',
      auth: () => new Promise(() => caller.abort(new RangeError('while waiting'))),
      origins: [api.url],
    })
    await expect(slow.fetch(api.url, { signal: caller.signal })).rejects.toThrow('while waiting')
    expect(api.received).toEqual([])
    const late = new AbortController()
    const call = tokens.fetch(api.url, { signal: late.signal })
    setImmediate(function untilReceived() {
      if (api.received.length === 0) setImmediate(untilReceived)
      else late.abort(new RangeError('while working'))
    })
    await expect(call).rejects.toThrow('while working')
  })
})

describe('the origins that get a token', () => {
  it('are those of the APIs, each with its own token; any other is refused before anything is sent', async () => {
    const rules = audienceRules()
    const issuer = await startHttpServer(rules.react)
    const [orders, bills, other] = await Promise.all([startApi(rules), startApi(rules), startApi(rules)])
    const auth = passwordSession({ username: 'ada', password: 'correct horse' })
    const tokens = createTokens({ issuer: issuer.url, auth, resource: [orders.url, bills.url] })
    for (const api of [orders, bills, orders]) expect((await tokens.fetch(`${api.url}/a`)).status).toBe(200)
    const asked = issuer.received.length
    const foreign = [other.url, issuer.url, orders.url.replace('127.0.0.1', 'localhost'), 'data:text/plain,a']
    for (const url of foreign) {
      const refused = tokens.fetch(`${url}/a`)
      await expect(refused).rejects.toMatchObject({ name: 'ForeignOriginError', code: 'foreign_origin' })
      await expect(refused).rejects.toThrow(ForeignOriginError)
    }
    await expect(tokens.fetch(`${other.url}/a`)).rejects.toMatchObject({ origin: other.url })
    expect(other.received).toEqual([])
    expect(issuer.received).toHaveLength(asked)
  })

  it('are those of `origins`, too, for an API whose identifier is no URL', async () => {
    const issuer = await startHttpServer(() => ({ status: 200 }))
    const api = await startHttpServer(({ headers }) => ({ status: 200, json: headers.authorization }))
    const tokens = createTokens({ issuer: issuer.url, auth: () => 'abc', resource: 'urn:orders', origins: [api.url] })
    expect(await (await tokens.fetch(`${api.url}/a`)).json()).toBe('Bearer abc')
    await expect(tokens.fetch('data:text/plain,a')).rejects.toThrow(ForeignOriginError)
    await expect(tokens.fetch(issuer.url)).rejects.toThrow(ForeignOriginError)
  })

  it('are shared by APIs with different paths: the one below whose path the URL is counts', async () => {
    const seen: (string | undefined)[] = []
    const [orders, bills] = ['https://api.example/orders', 'https://api.example/bills/']
    const tokens = createTokens({
      issuer: 'https://auth.example',
      auth: ({ resource }) => {
        seen.push(resource)
        return 'abc'
      },
      resource: ['https://api.example', orders, bills],
      fetch: async () => new Response(),
    })
    for (const path of ['', '/a', '/orders', '/orders/1', '/orders2', '/bills', '/bills/1?x=/orders']) {
      await tokens.fetch(`https://api.example${path}`)
    }
    expect(seen).toEqual([undefined, undefined, orders, orders, undefined, bills, bills])
  })

  it('get none by plain http, except on this machine or if that is allowed', async () => {
    const [issuer, resource, fetch] = ['https://auth.example', 'http://orders.example', async () => new Response()]
    const auth = staticToken('abc')
    const strict = createTokens({ issuer, auth, resource, fetch })
    await expect(strict.fetch('http://orders.example/a')).rejects.toThrow(ForeignOriginError)
    const lax = createTokens({ issuer, auth, resource, fetch, allowInsecureHttp: true })
    expect((await lax.fetch('http://orders.example/a')).status).toBe(200)
    for (const origin of ['http://orders.example', 'https://orders.example/a', 'orders', 'urn:orders']) {
      expect(() => createTokens({ issuer, auth, origins: [origin] }), origin).toThrow(/^origins /)
    }
    for (const wrong of ['orders', 'https://orders.example/#a', '']) {
      expect(() => createTokens({ issuer, auth, resource: wrong }), wrong).toThrow(/^resource /)
    }
  })
})

describe('a redirect', () => {
  const redirecting = (status: number, location: string) => (request: Received) =>
    request.path === '/from'
      ? ({ status, headers: { Location: location } } as const)
      : { status: 200, json: request.path }

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'abc'],
    [308, 'POST', 'abc'],
  ])('within the origin is followed with the token: %i', async (status, method, body) => {
    const { api, tokens } = await setUp(redirecting(status, '/to?a=1'))
    const response = await tokens.fetch(`${api.url}/from`, { method: 'POST', body: 'abc' })
    expect(await response.json()).toBe('/to?a=1')
    expect(api.received.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'abc'],
      [method, body],
    ])
    expect(api.received[1]?.headers['content-type'] === undefined).toBe(method === 'GET')
  })

  it.each([301, 307])('to another origin is not followed: %i', async (status) => {
    const other = await startHttpServer(() => ({ status: 200, json: {} }))
    const { api, tokens } = await setUp(redirecting(status, `${other.url}/to`))
    const call = tokens.fetch(`${api.url}/from`, { method: 'POST', body: 'abc' })
    await expect(call).rejects.toMatchObject({
      code: 'unexpected_response',
      status,
      reason: expect.stringContaining('another origin'),
    })
    expect(other.received).toEqual([])
  })

  it('is returned or refused where the request says so', async () => {
    const { api, tokens } = await setUp(redirecting(302, '/to'))
    expect((await tokens.fetch(`${api.url}/from`, { redirect: 'manual' })).status).toBe(302)
    const refused = tokens.fetch(`${api.url}/from`, { redirect: 'error' })
    await expect(refused).rejects.toMatchObject({ code: 'unexpected_response', status: 302 })
    expect(api.count('/to')).toBe(0)
  })

  it('without an end is given up, and one without a place is returned', async () => {
    const { api, tokens } = await setUp(({ path }) =>
      path === '/nowhere' ? { status: 302 } : { status: 302, headers: { Location: '/from' } },
    )
    await expect(tokens.fetch(`${api.url}/from`)).rejects.toMatchObject({ reason: 'too many redirects' })
    expect(api.received).toHaveLength(21)
    expect((await tokens.fetch(`${api.url}/nowhere`)).status).toBe(302)
  })

  it('of a stream is not followed where its body would have to be sent again', async () => {
    const { api, tokens } = await setUp(redirecting(307, '/to'))
    const body = new Blob(['abc']).stream()
    const call = tokens.fetch(`${api.url}/from`, { method: 'POST', body, ...{ duplex: 'half' } })
    await expect(call).rejects.toMatchObject({ reason: 'a stream cannot be sent again' })
    expect(api.count('/to')).toBe(0)
  })

  it('that a browser hides is not followed', async () => {
    const fetch = async (request: Request): Promise<Response> => {
      expect(request.redirect).toBe('manual')
      return Object.defineProperties(new Response(), { type: { value: 'opaqueredirect' }, status: { value: 0 } })
    }
    const tokens = createTokens({ issuer: 'https://auth.example', auth: () => 'abc', fetch })
    await expect(tokens.fetch('https://auth.example/a')).rejects.toMatchObject({
      code: 'unexpected_response',
      status: 0,
    })
  })
})
