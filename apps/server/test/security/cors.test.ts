import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { dialectNames, dialects } from '../../src/dialects/registry.ts'
import { type Route, routes } from '../../src/generated/index.ts'
import { listen } from '../../src/http/binding/listen.ts'
import { judgesSecret } from '../../src/pipeline/admission.ts'
import { requireListedOrigin } from '../../src/pipeline/cross-origin.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { operations } from '../contract/document.ts'
import { type Question, Recorder } from '../contract/recorder.ts'
import { dialectTests } from '../dialects.ts'
import { bearer, cookie, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { guess, loginPaths, newAccount, newAddress, wrongSecret } from './login-paths.ts'

const app = 'https://app.example'
const local = 'http://localhost:5173'

let server: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, flags: { 'allowed-origins': `${app},${local}` } })
  ada = await server.user('ada', 'owner')
})
afterAll(() => server.close())

const table = Object.values(routes) as readonly Route[]
const concrete = (path: string): string => path.replace('{asset}', 'start.js').replace(/\{\w+\}/g, '0'.repeat(22))
const noSuchMethod = (tag: string): number => dialectTests.find(({ dialect }) => dialect === tag)?.noSuchMethod ?? 405
const corsHeaders = (headers: Headers): string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'))
const listOf = (value: string | null): string[] => (value ?? '').split(', ')

const preflight = (path: string, method: string, origin: string = app, more: Question['headers'] = {}) =>
  server.ask('OPTIONS', path, { headers: { origin, 'access-control-request-method': method, ...more } })

/** Origins that are not allowed, though some look like one that is. */
const notAllowed = (): (string | string[])[] => [
  'null',
  '',
  'https://evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://app.example/',
  'https://APP.example',
  'https://app.example.evil.example',
  'https://evil-app.example',
  `${app}, ${app}`,
  [app, 'https://evil.example'],
  '*',
  'http://localhost',
]

describe.each(operations)('$operationId', ({ operationId, method, path: template, tag }) => {
  const path = concrete(template)

  it('N-568 a preflight request from an allowed origin is told the methods of the path, and the headers', async () => {
    const { status, headers, text } = await preflight(path, method, app, {
      'access-control-request-headers': 'authorization,content-type,x-other',
    })
    expect([status, text]).toEqual([204, ''])
    const methods = table.filter((route) => concrete(route.path) === path).map((route) => route.method)
    expect(listOf(headers.get('access-control-allow-methods'))).toEqual(expect.arrayContaining(methods))
    expect(
      listOf(headers.get('access-control-allow-methods'))
        .filter((one) => one !== 'HEAD')
        .toSorted(),
    ).toEqual(methods.toSorted())
    expect(headers.get('access-control-allow-origin')).toBe(app)
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0)
    expect(headers.get('access-control-allow-headers')).not.toMatch(/\*|x-other|cookie/i)
    expect(listOf(headers.get('vary'))).toContain('Origin')
  })

  it('N-569 a preflight request from any other origin gets what every OPTIONS gets', async () => {
    for (const origin of notAllowed()) {
      const { status, headers } = await preflight(path, method, origin as string)
      expect([origin, status, corsHeaders(headers)]).toEqual([origin, noSuchMethod(tag), []])
      expect(headers.get('allow')).toContain(method)
    }
  })

  it('N-570 OPTIONS without a method to ask for, or without an origin, is no preflight request', async () => {
    for (const headers of [{}, { origin: app }, { 'access-control-request-method': method }] as Record<
      string,
      string
    >[]) {
      expect((await server.ask('OPTIONS', path, { headers })).status).toBe(noSuchMethod(tag))
    }
  })

  it('N-575 says that its answer depends on the origin, if it does', async () => {
    for (const headers of [{}, { origin: app }, { origin: 'https://evil.example' }] as Record<string, string>[]) {
      const answer = await server.ask(method, path, { headers })
      const vary = answer.headers.get('vary')
      const isAlike = ['showAuthorizationServerMetadata', 'listSigningKeys'].includes(operationId)
      const isPage = /^\/(docs.*|console.*)?$/.test(path)
      expect([headers, vary]).toEqual([
        headers,
        isAlike
          ? null
          : isPage
            ? path === '/'
              ? 'Accept, Sec-Fetch-Mode'
              : answer.status === 200 && path.startsWith('/console/')
                ? 'Accept-Encoding'
                : null
            : 'Origin',
      ])
      if (isPage) expect(corsHeaders(answer.headers)).toEqual([])
    }
  })
})

describe('N-568 the headers that an operation needs', () => {
  const namesOf = async (method: string, path: string) =>
    listOf((await preflight(path, method)).headers.get('access-control-allow-headers'))

  it.each([
    ['POST', '/v1/sessions', ['Content-Type', 'X-Request-Id']],
    ['DELETE', '/v1/sessions', ['Authorization', 'Content-Type', 'X-Request-Id']],
    ['POST', '/v1/sessions/refresh', ['Content-Type', 'Idempotency-Key', 'X-Request-Id']],
    ['GET', '/v1/me', ['Authorization', 'X-Auth-Token', 'X-Request-Id']],
    ['HEAD', '/v1/me', ['Authorization', 'X-Auth-Token', 'X-Request-Id']],
    ['PUT', '/v1/me/password', ['Authorization', 'Content-Type', 'X-Request-Id']],
    ['POST', '/oauth2/token', ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id']],
    ['GET', '/oauth2/jwks', ['If-None-Match', 'X-Request-Id']],
    ['GET', '/healthz', ['X-Request-Id']],
  ])('%s %s', async (method, path, names) => {
    expect(await namesOf(method, path)).toEqual(names)
  })

  it('are those of the contract, in every dialect', async () => {
    for (const { method, path, parameters, body, security = [] } of operations) {
      const names = await namesOf(method, concrete(path))
      const needed = [
        ...parameters.filter(({ in: location }) => location === 'header').map(({ name }) => name),
        ...(Object.keys(body).length > 0 ? ['Content-Type'] : []),
        ...(security.some((one) => Object.keys(one).some((name) => /bearer|basic/i.test(name)))
          ? ['Authorization']
          : []),
      ]
      expect([path, names]).toEqual([path, expect.arrayContaining(needed)])
    }
  })

  it('are none for a method that the path does not have', async () => {
    const { status, headers } = await preflight('/v1/me', 'TRACE')
    expect([status, headers.get('access-control-allow-methods')]).toEqual([204, 'GET, HEAD'])
    expect(headers.get('access-control-allow-headers')).toBeNull()
  })

  it('are told in every spelling of a path that a vendor’s server accepts', async () => {
    for (const { name, spelling } of dialects as readonly { name: string; spelling?: object }[]) {
      const { anyCase = false, trailingSlash = false } = (spelling ?? {}) as Record<string, boolean>
      for (const { method, path: template } of operations.filter(({ tag }) => tag === name)) {
        const path = concrete(template)
        const spelled = [
          path,
          ...(anyCase ? [path.toUpperCase()] : []),
          ...(trailingSlash && !path.endsWith('/') ? [`${path}/`] : []),
        ]
        for (const one of spelled) expect([one, (await preflight(one, method)).status]).toEqual([one, 204])
      }
    }
  })
})

it('N-568 a path without an operation, and a name that is not this server’s, have no preflight', async () => {
  expect((await preflight('/v1/nowhere', 'GET')).status).toBe(404)
  const { status, headers } = await preflight('/v1/me', 'GET', app, { host: 'rebound.example' })
  expect([status, headers.get('access-control-allow-methods')]).toEqual([405, null])
})

const guarded = table.filter((route) => route.security.length > 0 || judgesSecret(route))
const forwarding = new Set(
  operations
    .filter(({ parameters }) => parameters.some(({ name }) => name === 'X-Forwarded-Method'))
    .map((one) => one.operationId),
)

describe('N-571 a request from an origin that no API lists', () => {
  it.each(guarded.filter(({ operationId }) => !forwarding.has(operationId)))(
    '$operationId is refused, and the page cannot read why',
    async ({ method, path, tag }) => {
      const { access } = await server.session(ada.id)
      for (const origin of notAllowed()) {
        const headers = { ...bearer(access), origin, 'sec-fetch-site': 'cross-site' }
        const answer = await server.ask(method, concrete(path), { headers })
        expect([origin, answer.status, corsHeaders(answer.headers)]).toEqual([origin, 403, []])
        if (!dialectNames.includes(tag) && tag !== 'oauth') expect(answer.body.code).toBe('origin_refused')
      }
    },
  )

  it('is answered as ever where no credential is taken', async () => {
    for (const { method, path } of table.filter((route) => !guarded.includes(route))) {
      const plain = await server.ask(method, concrete(path))
      const { status } = await server.ask(method, concrete(path), { headers: { origin: 'https://evil.example' } })
      expect([path, status]).toEqual([path, plain.status])
    }
  })

  it('is not one of a program, of a page of this server or of a browser’s extension', async () => {
    const { access } = await server.session(ada.id)
    const own = [
      {},
      { origin: server.issuer },
      { origin: server.issuer, 'sec-fetch-site': 'same-origin' },
      { origin: 'https://second-name.example', 'sec-fetch-site': 'same-origin' },
      { origin: 'chrome-extension://abcdefghijklmnop', 'sec-fetch-site': 'none' },
    ]
    for (const headers of own as Record<string, string>[]) {
      const answer = await server.ask('GET', '/v1/me', { headers: { ...bearer(access), ...headers } })
      expect([headers, answer.status, corsHeaders(answer.headers)]).toEqual([headers, 200, []])
    }
  })
})

describe('a request from an allowed origin', () => {
  it.each(guarded)('$operationId is not one of another site', async ({ method, path }) => {
    for (const site of ['cross-site', 'same-site', undefined]) {
      const headers = { origin: app, ...(site === undefined ? {} : { 'sec-fetch-site': site }) }
      const answer = await server.ask(method, concrete(path), { headers })
      expect([site, answer.status]).not.toEqual([site, 403])
      expect(answer.headers.get('access-control-allow-origin')).toBe(app)
    }
  })

  it('logs in, refreshes, calls and logs out', async () => {
    const headers = { origin: local, 'sec-fetch-site': 'cross-site' }
    const login = { username: 'ada', password: goodPassword }
    const session = await server.ask('POST', '/v1/sessions', { headers, body: login })
    expect([session.status, session.headers.get('access-control-allow-origin')]).toEqual([201, local])
    const renewed = await server.ask('POST', '/v1/sessions/refresh', {
      headers,
      body: { refresh_token: session.body.refresh_token },
    })
    expect(renewed.status).toBe(200)
    const own = { ...headers, ...bearer(String(renewed.body.access_token)) }
    expect((await server.ask('GET', '/v1/me', { headers: own })).body.username).toBe('ada')
    expect((await server.ask('DELETE', '/v1/sessions/current', { headers: own })).status).toBe(204)
  })

  it.each(loginPaths)('N-598 is counted as a guess like every other: $name', async (path) => {
    const [account, address] = [await newAccount(server, path), newAddress()]
    server.sql('DELETE FROM counters')
    const fromPage = {
      ...path,
      request: (...given: Parameters<typeof path.request>) => {
        const question = path.request(...given)
        return { ...question, headers: { ...question.headers, origin: app, 'sec-fetch-site': 'cross-site' } }
      },
    }
    expect((await guess(server, fromPage, account, wrongSecret(path), address)).status).toBeGreaterThanOrEqual(400)
    expect(server.sql('SELECT count(*) AS n FROM counters')[0]?.n).toBeGreaterThan(0)
    expect((await guess(server, fromPage, account, account.secret, address)).status).toBeLessThan(300)
  })
})

describe('N-572 an API that does not list the origin', () => {
  const orders = 'https://orders.example'
  const [ofOrders, ofBoth, ofIssuer] = ['https://shop.example', 'https://both.example', 'https://console.example']
  let recorder: Recorder
  let own: RecordedServer
  beforeAll(async () => {
    own = await startRecordedServer({ flags: { 'allowed-origins': `${ofIssuer},${ofBoth}` } })
    await own.api(orders, { allowedOrigins: [ofOrders, ofBoth] })
    recorder = new Recorder(own.running.listening.port, [ofOrders, ofBoth, ofIssuer])
    return async () => {
      recorder.close()
      await own.close()
    }
  })

  const refused = 'The API does not allow calls from pages of this origin.'
  const ask = async (origin: string, method: string, path: string, question: Question = {}) => {
    const asked = { ...question, headers: { ...question.headers, origin } }
    const answer = await recorder.ask(method, path, asked)
    // The preflight request passed, so the page may read the answer.
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    return answer.body.detail === refused || answer.body.error_description === refused ? 'refused' : 'asked'
  }

  it('refuses calls of the issuer from pages of another API', async () => {
    const { access } = await own.session((await own.user('ada')).id)
    const headers = bearer(access)
    expect(await ask(ofOrders, 'GET', '/v1/me', { headers })).toBe('refused')
    expect(await ask(ofBoth, 'GET', '/v1/me', { headers })).toBe('asked')
    expect(await ask(ofIssuer, 'GET', '/v1/me', { headers })).toBe('asked')
  })

  it.each(['/v1/sessions', '/v1/sessions/refresh'])('decides at %s by the APIs that are named', async (path) => {
    const post = (origin: string, body: object) => ask(origin, 'POST', path, { body })
    // The session of a refresh token says for which API the new token is.
    expect(await post(ofOrders, {})).toBe(path.endsWith('refresh') ? 'asked' : 'refused')
    expect(await post(ofOrders, { resource: orders })).toBe('asked')
    expect(await post(ofOrders, { resource: [orders] })).toBe('asked')
    expect(await post(ofOrders, { resource: [orders, own.issuer] })).toBe('refused')
    expect(await post(ofOrders, { resource: 'https://unknown.example' })).toBe('refused')
    expect(await post(ofIssuer, { resource: 7 })).toBe('asked')
    expect(await post(ofIssuer, {})).toBe('asked')
    expect(await post(ofIssuer, { resource: own.issuer })).toBe('asked')
    expect(await post(ofIssuer, { resource: orders })).toBe('refused')
    expect(await post(ofBoth, { resource: [orders, own.issuer] })).toBe('asked')
    expect(await ask(ofIssuer, 'POST', path, { body: '{"resource":' })).toBe('asked')
  })

  it('decides at the token endpoint by `resource` and `audience`, and verifies nothing before', async () => {
    const post = (origin: string, given: Record<string, string>) =>
      ask(origin, 'POST', '/oauth2/token', {
        body: form({ grant_type: 'refresh_token', client_id: 'countersign', ...given }),
      })
    expect(await post(ofOrders, {})).toBe('asked')
    expect(await post(ofOrders, { grant_type: 'client_credentials' })).toBe('refused')
    expect(await post(ofOrders, { resource: orders })).toBe('asked')
    expect(await post(ofOrders, { audience: orders })).toBe('asked')
    expect(await post(ofOrders, { audience: orders, resource: own.issuer })).toBe('refused')
    expect(await post(ofIssuer, { audience: orders })).toBe('refused')
  })

  it('decides a refresh that names no API by the API of the session, before the token is used', async () => {
    const hedy = await own.user('hedy')
    const logIn = async (resource: string) => {
      const body = { username: 'hedy', password: goodPassword, resource }
      return String((await own.ask('POST', '/v1/sessions', { body })).body.refresh_token)
    }
    const ways = [
      (origin: string, token: string) =>
        ask(origin, 'POST', '/v1/sessions/refresh', { body: { refresh_token: token } }),
      (origin: string, refresh_token: string) =>
        ask(origin, 'POST', '/oauth2/token', {
          body: form({ grant_type: 'refresh_token', client_id: 'countersign', refresh_token }),
        }),
    ]
    for (const way of ways) {
      for (const [resource, foreign, listed] of [
        [own.issuer, ofOrders, ofIssuer],
        [orders, ofIssuer, ofOrders],
      ] as const) {
        const token = await logIn(resource)
        expect(await way(foreign, token)).toBe('refused')
        expect(await way(listed, token)).toBe('asked')
      }
    }
    expect(
      own.sql(`SELECT count(*) AS n FROM authorizations WHERE subject_id = '${hedy.id}' AND generation = 1`),
    ).toEqual([{ n: 4 }])
  })

  it('does not keep a page from ending what it was given', async () => {
    const body = form({ token: (await own.session((await own.user('grace')).id)).refresh, client_id: 'countersign' })
    const answer = await recorder.ask('POST', '/oauth2/revoke', { body, headers: { origin: ofOrders } })
    expect(answer.status).toBe(200)
  })

  it('does not matter to a preflight request, which says nothing of APIs, nor to what is public', async () => {
    const headers = { origin: ofOrders, 'access-control-request-method': 'GET' }
    expect((await recorder.ask('OPTIONS', '/v1/me', { headers })).status).toBe(204)
    expect(await ask(ofOrders, 'GET', '/healthz')).toBe('asked')
  })
})

it('N-632 an API that a request names a thousand times is looked up once', async () => {
  const asked: (string | undefined)[] = []
  const allowedOrigins = {
    union: () => [app],
    of: (audience: string | undefined) => {
      asked.push(audience)
      return [app]
    },
  }
  const names = { requestHeaders: new Map(), responseHeaders: '', forwarded: new Set<string>() }
  const body = { resource: Array.from({ length: 1000 }, () => 'a:b'), audience: ['a:b', 'a:c'] }
  const other = { origin: app, allowed: true }
  const route = table.find(({ operationId }) => operationId === 'createSession') as Route
  await requireListedOrigin(other, route, () => body, { allowedOrigins, names } as never)
  expect(asked).toEqual(['a:b', 'a:c'])
})

describe('N-573 the session cookie', () => {
  // A request for a proxy has the origin of the proxy's client (N-704).
  const withCookie = table.filter(
    ({ security, operationId }) => security.includes('sessionCookie') && !forwarding.has(operationId),
  )

  it.each(withCookie)('does not admit a page on an allowed origin: $operationId', async ({ method, path }) => {
    const { id, access } = await server.session(ada.id)
    for (const headers of [{}, { 'sec-fetch-site': 'same-site' }, bearer(access)] as Record<string, string>[]) {
      const sent = { ...cookie(server.cookieOf(id)), ...headers, origin: app }
      const answer = await server.ask(method, concrete(path), { headers: sent })
      expect([headers, answer.status, corsHeaders(answer.headers)]).toEqual([headers, 403, []])
    }
  })

  it('leaves a preflight request and a login unanswered, however it is spelled', async () => {
    const { id } = await server.session(ada.id)
    const { cookie: own } = cookie(server.cookieOf(id))
    for (const sent of [own, '__Host-countersign=', `${own}; ${own}`, `a=b; ${own}`]) {
      const { status, headers } = await preflight('/v1/me', 'GET', app, { cookie: sent })
      expect([status, corsHeaders(headers)]).toEqual([405, []])
      const body = { username: 'ada', password: goodPassword }
      const login = await server.ask('POST', '/v1/sessions', { headers: { origin: app, cookie: sent }, body })
      expect([login.status, corsHeaders(login.headers)]).toEqual([403, []])
    }
  })

  it('is the only one that matters', async () => {
    const { access } = await server.session(ada.id)
    const headers = { ...bearer(access), origin: app, cookie: 'theme=dark; other=1' }
    expect((await server.running.fetch('/v1/me', { headers })).status).toBe(200)
  })

  it('N-574 is not set for a page on another origin, whose session has the terms of one without', async () => {
    const body = { username: 'ada', password: goodPassword, cookie: true }
    const there = await server.ask('POST', '/v1/sessions', { headers: { origin: app }, body })
    expect([there.status, there.headers.get('set-cookie')]).toEqual([201, null])
    const here = await server.ask('POST', '/v1/sessions', { headers: { origin: server.issuer }, body })
    expect(here.headers.get('set-cookie')).toMatch(/^__Host-countersign=/)
    const idle = async (token: unknown) =>
      (await server.ask('GET', '/v1/sessions/current', { headers: bearer(String(token)) })).body.idle_expires_in
    expect([await idle(there.body.access_token), await idle(here.body.access_token)]).toEqual([14 * 86_400, 12 * 3600])
  })
})

describe('N-576 an error can be read by a page on an allowed origin', () => {
  const exposed = ['ETag', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id']
  const cases: readonly (readonly [number, string, string, Question])[] = [
    [400, 'POST', '/v1/sessions', { body: { username: 7 } }],
    [400, 'DELETE', '/v1/authorizations/%00', {}],
    [401, 'GET', '/v1/me', {}],
    [401, 'POST', '/v1/sessions', { body: { username: 'ada', password: 'wrong' } }],
    [401, 'POST', '/oauth2/introspect', { body: form({ token: 'x' }) }],
    [404, 'GET', '/v1/nowhere', {}],
    [405, 'PUT', '/v1/me', {}],
    [413, 'POST', '/v1/sessions', { body: { username: 'x'.repeat(20_000) } }],
    [415, 'POST', '/v1/sessions', { body: 'x', headers: { 'content-type': 'text/plain' } }],
    [421, 'GET', '/v1/me', { headers: { host: 'rebound.example', authorization: 'Bearer x' } }],
  ]

  it.each(cases)('%d %s %s', async (status, method, path, question) => {
    const answer = await server.ask(method, path, { ...question, headers: { ...question.headers, origin: app } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(app)
    expect(listOf(answer.headers.get('access-control-expose-headers'))).toEqual(exposed)
  })

  it('of every dialect', async () => {
    for (const { paths } of dialects) {
      for (const path of paths) {
        const { headers } = await server.ask('GET', `${path}/no-such-thing`, { headers: { origin: app } })
        expect([path, headers.get('access-control-allow-origin')]).toEqual([path, app])
      }
    }
  })

  it('429 and 503', async () => {
    const body = { username: 'nobody-at-all', password: 'wrong' }
    const log = () => server.ask('POST', '/v1/sessions', { headers: { origin: app }, body })
    for (let i = 0; i < 5; i++) await log()
    const throttled = await log()
    expect([throttled.status, throttled.headers.get('access-control-allow-origin')]).toEqual([429, app])
    const starting = await startRecordedServer({ ready: false, flags: { 'allowed-origins': app } })
    onTestFinished(() => starting.close())
    const { status, headers } = await starting.ask('GET', '/v1/me', { headers: { origin: app } })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([503, app])
  })
})

describe('N-577 metadata and keys', () => {
  it.each(['/.well-known/oauth-authorization-server', '/oauth2/jwks'])('%s: any page may read them', async (path) => {
    const { id } = await server.session(ada.id)
    const senders = [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: app },
      cookie(server.cookieOf(id)),
    ]
    for (const sender of senders as Record<string, string>[]) {
      const headers = { ...sender, 'sec-fetch-site': 'cross-site' }
      for (const method of ['GET', 'HEAD']) {
        const answer = await server.ask(method, path, { headers })
        expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
      }
      // An error as well.
      expect((await server.ask('GET', `${path}?a=b`, { headers })).headers.get('access-control-allow-origin')).toBe('*')
    }
  })

  it('below the path of an issuer too', async () => {
    const below = await startRecordedServer({ flags: { issuer: 'https://auth.example/below' } })
    onTestFinished(() => below.close())
    const path = '/.well-known/oauth-authorization-server/below'
    const { status, headers } = await below.running.fetch(path, { headers: { origin: 'https://evil.example' } })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  })

  it('not modified', async () => {
    const etag = (await server.ask('GET', '/oauth2/jwks')).headers.get('etag') ?? ''
    const { status, headers } = await server.ask('GET', '/oauth2/jwks', {
      headers: { 'if-none-match': etag, origin: 'null' },
    })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([304, '*'])
  })
})

it('no page of another origin reads the metrics of a listener of their own', async () => {
  const listening = await listen({ listener: server.running.app.metricsListener, host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.stop(0)
  })
  const url = `http://127.0.0.1:${listening.port}/metrics`
  const { status, headers } = await fetch(url, { headers: { origin: app } })
  expect([status, corsHeaders(headers)]).toEqual([200, []])
  const asked = { origin: app, 'access-control-request-method': 'GET' }
  expect((await fetch(url, { method: 'OPTIONS', headers: asked })).status).toBe(405)
})
