// Where the server meets what it is deployed with: names and proxies in front of it, those who look after it, browsers.
import { createServer } from 'node:http'
import { customFetch, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dialects } from '../../src/dialects/registry.ts'
import type { RequestValue } from '../../src/http/message.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import type { Question } from '../contract/recorder.ts'
import { basic, bearer, form, startRecordedServer } from '../recorded-server.ts'

const start = async (flags: Record<string, string> = {}) => {
  const server = await startRecordedServer({ flags })
  onTestFinished(() => server.close())
  return server
}
const issuer = 'https://auth.example.com'
/** A request for the metrics by a peer of this address. */
const metricsAskedFrom = (remoteAddress: string): RequestValue => ({
  method: 'GET',
  path: '/metrics',
  query: '',
  headers: {},
  rawHeaders: [],
  remoteAddress,
  encrypted: false,
  signal: new AbortController().signal,
  aborted: false,
  requestId: 'x',
  body: async () => undefined,
})
const login = { username: 'vera', password: goodPassword }

describe('a request that calls the server by another name', () => {
  it('N-541 is answered 421 before any other check, in the error format of the operation', async () => {
    const server = await start({ issuer })
    await server.user('vera')
    const ask = (method: string, path: string, question: Question = {}) =>
      server.ask(method, path, { ...question, headers: { ...question.headers, host: 'evil.example' } })
    for (let guess = 0; guess < 8; guess++) {
      const refused = await ask('POST', '/v1/sessions', { body: { ...login, password: 'wrong' } })
      expect(refused).toMatchObject({ status: 421, body: { code: 'host_unknown', status: 421 } })
    }
    // No guess was counted.
    expect((await server.ask('POST', '/v1/sessions', { body: login })).status).toBe(201)
    expect((await ask('GET', '/oauth2/jwks')).body).toMatchObject({ error: 'invalid_request' })
    expect((await ask('GET', '/docs')).status).toBe(421)
    expect((await ask('GET', '/')).status).toBe(421)
    for (const { paths } of dialects) {
      const [path = ''] = paths
      expect((await ask('GET', `${path}/nothing`)).status).toBe(404)
    }
  })

  it('N-541 is refused for a malformed credential or an invalid Host first', async () => {
    const server = await start({ issuer })
    const ask = (path: string, headers: Record<string, string>, body?: URLSearchParams) =>
      server.ask(body ? 'POST' : 'GET', path, { headers, body })
    const token = form({ grant_type: 'client_credentials' })
    const foreign = { host: 'evil.example' }
    const unreadable: [string, Record<string, string>, URLSearchParams?][] = [
      ['/v1/me', {}],
      ['/v1/me', { authorization: 'Bearer a b' }],
      ['/v1/me', { authorization: 'Bearer a', 'x-auth-token': 'b' }],
      ['/oauth2/token', {}, token],
      ['/oauth2/token', { authorization: 'Basic !' }, token],
    ]
    for (const [path, headers, body] of unreadable) {
      const known = await ask(path, headers, body)
      const refused = await ask(path, { ...headers, ...foreign }, body)
      expect([path, headers, [400, 401].includes(known.status)]).toEqual([path, headers, true])
      expect([path, headers, refused.status, refused.text]).toEqual([path, headers, known.status, known.text])
    }
    expect((await ask('/v1/me', { ...foreign, ...bearer('x') })).status).toBe(421)
    expect((await ask('/oauth2/token', { ...foreign, ...basic('a', 'b') }, token)).status).toBe(421)
    expect((await ask('/oauth2/jwks', { host: 'a b' })).status).toBe(400)
    expect((await ask('/oauth2/jwks', { host: 'user@auth.example.com' })).status).toBe(400)
  })

  it('N-541 is served where the name is the issuer’s, localhost, an address, or allowed', async () => {
    const server = await start({ issuer, 'allowed-hosts': 'countersign' })
    const served = [
      'auth.example.com',
      'AUTH.example.com:8443',
      'localhost:1',
      '10.0.0.1',
      '[::1]:80',
      'countersign:4300',
    ]
    for (const host of served) {
      expect([host, (await server.ask('GET', '/oauth2/jwks', { headers: { host } })).status]).toEqual([host, 200])
    }
    const any = await start({ issuer, 'allowed-hosts': '*' })
    expect((await any.ask('GET', '/oauth2/jwks', { headers: { host: 'evil.example' } })).status).toBe(200)
  })

  it('N-541 is served at the health checks and the metrics', async () => {
    const server = await start({ issuer })
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect([path, (await server.ask('GET', path, { headers: { host: 'pod-1.internal' } })).status]).toEqual([
        path,
        200,
      ])
    }
  })
})

describe('the metrics', () => {
  it('N-545 are served only to processes of this machine that connect directly', async () => {
    const server = await start()
    expect((await server.ask('GET', '/metrics')).status).toBe(200)
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'via', 'x-real-ip']) {
      const { status, body } = await server.ask('GET', '/metrics', { headers: { [name]: 'x' } })
      expect([name, status, body.code]).toEqual([name, 404, 'route_not_found'])
    }
    for (const [remoteAddress, status] of [
      ['192.0.2.1', 404],
      ['2001:db8::1', 404],
      ['::ffff:192.0.2.1', 404],
      ['', 404],
      ['::1', 200],
      ['::ffff:127.0.0.1', 200],
      ['127.9.9.9', 200],
    ] as const) {
      expect([remoteAddress, (await server.running.app.handle(metricsAskedFrom(remoteAddress))).status]).toEqual([
        remoteAddress,
        status,
      ])
    }
  })

  it('N-546 are served only at their own address where they have one, and nothing else is served there', async () => {
    const server = await start({ 'metrics-listen': '127.0.0.1:0' })
    expect((await server.ask('GET', '/metrics')).status).toBe(404)
    const { paths } = (await server.ask('GET', '/openapi.json')).body as { paths: object }
    expect(Object.keys(paths)).not.toContain('/metrics')
    const own = createServer(server.running.app.metricsListener).listen(0, '127.0.0.1')
    onTestFinished(() => void own.close())
    await new Promise((resolve) => own.once('listening', resolve))
    const { port } = own.address() as { port: number }
    const url = `http://127.0.0.1:${port}`
    const scraped = await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })
    expect([scraped.status, (await scraped.text()).includes('countersign_requests_total')]).toEqual([200, true])
    for (const path of ['/', '/healthz', '/docs', '/oauth2/jwks', '/v1/me']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
    }
  })
})

describe('behind a proxy', () => {
  it('N-537 log lines and the audit have the client’s address, also where it comes with a port', async () => {
    const server = await start()
    const owner = await server.user('ada', 'owner')
    const headers = { 'x-forwarded-for': '"[2001:DB8::7]:5000"' }
    await server.ask('POST', '/v1/sessions', { body: { ...login, username: 'ada' }, headers })
    await server.ask('GET', '/nowhere', { headers })
    const lines = server.running
      .log()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const requests = lines.filter(({ event }) => event === 'request')
    expect(requests.map(({ address }) => address)).toEqual(['2001:db8::7', '2001:db8::7'])
    const { access } = await server.session(owner.id)
    const { text } = await server.ask('GET', '/v1/audit', { headers: bearer(access) })
    expect(text).toContain('"2001:db8::7"')
  })

  it('N-537 clients are distinguished although their addresses come with ports', async () => {
    const server = await startRecordedServer({ cheapHashes: true })
    onTestFinished(() => server.close())
    const guess = (username: string, address: string) =>
      server.ask('POST', '/v1/sessions', {
        body: { username, password: 'wrong wrong wrong' },
        headers: { 'x-forwarded-for': address },
      })
    for (let n = 0; n < 101; n++) await guess(`n${n}`, `203.0.113.${n}:5000`)
    expect((await guess('other', '198.51.100.7:443')).status).toBe(401)
    for (let n = 0; n < 101; n++) await guess(`m${n}`, `203.0.113.200:${5000 + n}`)
    expect((await guess('another', '203.0.113.200:1')).status).toBe(429)
  })

  it('N-539 responses have Strict-Transport-Security if the issuer is https, and not otherwise', async () => {
    const hsts = async (flags: Record<string, string>, path: string) =>
      (await (await start(flags)).ask('GET', path)).headers.get('strict-transport-security')
    for (const path of ['/healthz', '/docs', '/nowhere', '/v1/me']) {
      expect([path, await hsts({ issuer }, path)]).toEqual([path, 'max-age=31536000'])
    }
    expect(await hsts({}, '/healthz')).toBeNull()
  })
})

describe('an issuer with a path', () => {
  const withPath = 'https://h.test/auth'

  it('N-547 is found where RFC 8414 §3.1 looks, and where a proxy that takes the path away looks', async () => {
    const server = await start({ issuer: withPath })
    const texts = []
    for (const path of ['/.well-known/oauth-authorization-server/auth', '/.well-known/oauth-authorization-server']) {
      const found = await server.running.fetch(path)
      expect(found.status).toBe(200)
      texts.push(await found.text())
    }
    expect(texts[0]).toBe(texts[1])
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({ issuer: withPath })
    for (const path of ['/.well-known/oauth-authorization-server/', '/.well-known/oauth-authorization-server/other']) {
      expect((await server.ask('GET', path)).status).toBe(404)
    }
  })

  it('N-547 is found by a client library, at the address that the library makes', async () => {
    const server = await start({ issuer: withPath })
    const asked: string[] = []
    const response = await discoveryRequest(new URL(withPath), {
      algorithm: 'oauth2',
      [customFetch]: async (address) => {
        const { pathname } = new URL(address)
        asked.push(pathname)
        return server.running.fetch(pathname)
      },
    })
    expect(asked).toEqual(['/.well-known/oauth-authorization-server/auth'])
    expect((await processDiscoveryResponse(new URL(withPath), response)).token_endpoint).toBe(
      `${withPath}/oauth2/token`,
    )
  })

  it('N-547 has its documentation and its contract below that path', async () => {
    const server = await start({ issuer: withPath })
    for (const path of ['/docs', '/']) {
      const { text } = await server.ask('GET', path, { headers: { accept: 'text/html' } })
      const links = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link)
      expect(links.length).toBeGreaterThan(2)
      for (const link of links) {
        const found = new URL(link, `${withPath}${path}`)
        expect(found.pathname).toMatch(/^\/auth\//)
        expect([link, (await server.ask('GET', found.pathname.slice('/auth'.length))).status]).toEqual([link, 200])
      }
    }
    expect((await server.ask('GET', '/docs/start.js')).text).toContain('"url":"openapi.json"')
    expect((await server.ask('GET', '/openapi.json')).body.servers).toMatchObject([{ url: '/auth' }])
  })
})

describe('GET /', () => {
  it('N-548 says what this is: a page for browsers, JSON for others', async () => {
    const server = await start()
    const program = await server.ask('GET', '/')
    expect(program.headers.get('vary')).toBe('Accept, Sec-Fetch-Mode')
    expect(program.body).toEqual({
      name: 'Countersign',
      description: 'A token authority for HTTP APIs.',
      issuer: server.issuer,
      console: `${server.issuer}/console`,
      documentation: `${server.issuer}/docs`,
      contract: `${server.issuer}/openapi.json`,
      metadata: `${server.issuer}/.well-known/oauth-authorization-server`,
    })
    const browser = await server.ask('GET', '/', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect([browser.status, browser.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(browser.text).toContain('<a href="docs">')
    expect((await server.ask('HEAD', '/')).status).toBe(200)
  })
})
