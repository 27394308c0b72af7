// Real proxies in front of a real server and of an application, configured by the examples in deploy/.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword, startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { endProxy, freePort, proxies, startProxy } from './proxy.ts'

interface Reached {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
}

const identityOf = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^x[-_]countersign/i.test(name)))

describe.each(proxies)('$name in front of an application', (proxy) => {
  let server: TestServer
  let application: Server
  let child: ChildProcess | undefined
  let folder: string
  let port: number
  const reached: Reached[] = []
  const tokens = new Map<string, string>()

  beforeAll(async () => {
    if (proxy.program === undefined) return
    server = await startTestServer({
      cheapHashes: true,
      flags: { issuer: 'https://auth.example.com', 'trusted-proxies': '127.0.0.1' },
    })
    for (const [name, role] of [
      ['vera', 'viewer'],
      ['名 zoë', 'manager'],
      ['boss', 'owner'],
    ] as const) {
      await server.user(name, role)
      tokens.set(role, (await server.login(name)).access_token)
    }
    const scopes = [{ name: 'orders:read', description: 'See orders.', leastRole: 'viewer' }] as const
    const orders = { identifier: 'https://orders.example', name: 'orders', scopes }
    await server.authority.useCases.apis.create(orders, localCaller)
    const login = { username: 'vera', password: goodPassword, resource: orders.identifier }
    const forOrders = await server.fetch('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(login),
    })
    tokens.set('orders', ((await forOrders.json()) as { access_token: string }).access_token)
    application = createServer((incoming, response) => {
      reached.push({ method: incoming.method, url: incoming.url, headers: incoming.headers })
      incoming.resume().on('end', () => response.end('from the application'))
    }).listen(0, '127.0.0.1')
    await once(application, 'listening')
    folder = mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
    port = await freePort()
    const ports = { countersign: server.listening.port, application: (application.address() as AddressInfo).port }
    child = await startProxy(proxy, { folder, port, ...ports })
  })

  afterAll(async () => {
    if (child === undefined) return
    await endProxy(child)
    application.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })

  interface Sent {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string
  }

  const open = (host: string, path: string, { method = 'GET', headers = {}, body = '' }: Sent) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request({
        host: '127.0.0.1',
        port,
        method,
        path,
        // A client that is not the proxy.
        localAddress: '127.0.0.2',
        servername: host,
        headers: { host, ...(body && { 'content-length': Buffer.byteLength(body) }), ...headers },
        rejectUnauthorized: false,
        agent: false,
      })
        .on('response', resolve)
        .on('error', reject)
        .end(body)
    })

  async function ask(host: string, path: string, sent: Sent = {}) {
    const response = await open(host, path, sent)
    let text = ''
    for await (const part of response.setEncoding('utf8')) text += part
    return { status: response.statusCode, headers: response.headers, text }
  }

  const app = (path: string, sent?: Sent) => ask('app.example.com', path, sent)
  const auth = (path: string, sent?: Sent) => ask('auth.example.com', path, sent)
  const as = (role: string, headers: Record<string, string> = {}) => ({
    authorization: `Bearer ${tokens.get(role)}`,
    ...headers,
  })

  /** What reached the application of a request that may pass. */
  async function passed(path: string, sent: Sent): Promise<Reached> {
    const before = reached.length
    expect(await app(path, sent)).toMatchObject({ status: 200, text: 'from the application' })
    expect(reached).toHaveLength(before + 1)
    return reached.at(-1) as Reached
  }

  async function cookieOf(username: string): Promise<string> {
    const body = JSON.stringify({ username, password: goodPassword, cookie: true })
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    const answer = await app('/.countersign/v1/sessions', { method: 'POST', headers, body })
    const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
    expect(cookie).toMatch(/^__Host-countersign=./)
    return cookie
  }

  const scenario = (title: string, test: () => Promise<void>) =>
    it(title, async (context) => {
      if (proxy.program === undefined) context.skip(`no ${proxy.name} here`)
      await test()
    })

  scenario('lets users log in, and passes the client’s address on', async () => {
    const body = JSON.stringify({ username: 'vera', password: goodPassword })
    const headers = { 'content-type': 'application/json' }
    expect((await auth('/v1/sessions', { method: 'POST', headers, body })).status).toBe(201)
    await auth('/nowhere', { headers: { 'x-forwarded-for': '192.0.2.7' } })
    const last = JSON.parse(server.log().trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
    expect(last).toMatchObject({ event: 'request', status: 404, address: '127.0.0.2' })
    expect((await auth('/metrics')).status).toBe(404)
  })

  scenario('passes the events of the revocation feed on at once', async () => {
    const headers = as('owner', { accept: 'text/event-stream' })
    const stream = await open('auth.example.com', '/v1/revocations', { headers })
    expect([stream.statusCode, stream.headers['content-type']]).toEqual([200, 'text/event-stream'])
    // It never ends: what arrives has been passed on.
    const [first] = (await once(stream.setEncoding('utf8'), 'data')) as [string]
    expect(first).toContain('event: feed')
    stream.destroy()
  })

  scenario('passes a request on, and says whose it is', async () => {
    const headers = as('viewer', { 'content-type': 'text/plain', cookie: 'theme=dark' })
    const sent = await passed('/orders?limit=1', { method: 'POST', headers, body: 'an order' })
    expect(sent).toMatchObject({ method: 'POST', url: '/orders?limit=1', headers: { host: 'app.example.com' } })
    expect(identityOf(sent.headers)).toMatchObject({
      'x-countersign-kind': 'session',
      'x-countersign-username': 'vera',
      'x-countersign-role': 'viewer',
      'x-countersign-scope': 'read write',
      'x-countersign-client': 'countersign',
    })
    expect(sent.headers.cookie).toBe('theme=dark')
    const { headers: other } = await passed('/', { headers: as('manager') })
    expect(decodeURIComponent(String(other['x-countersign-username']))).toBe('名 zoë')
  })

  scenario('lets pages of the application log in and out, and reach nothing else of the server', async () => {
    const cookie = await cookieOf('vera')
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const current = await app('/.countersign/v1/sessions/current', { headers })
    expect([current.status, JSON.parse(current.text).client_id]).toEqual([200, 'countersign'])
    await passed('/.countersign/v1/me', { headers })
    await passed('/v1/sessions', { headers })
    expect((await app('/.countersign/v1/sessions/refresh', { method: 'POST' })).status).toBe(401)
    expect((await app('/.countersign/v1/sessions/current', { method: 'DELETE', headers })).status).toBe(204)
    expect((await app('/', { headers })).status).toBe(401)
  })

  scenario('refuses a request without a token, with a bad one, or that may not pass', async () => {
    const before = reached.length
    const none = await app('/orders')
    expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Bearer realm="countersign"'])
    const forged = await app('/orders', { headers: { authorization: `Bearer ${tokens.get('owner')}A` } })
    expect([forged.status, forged.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="countersign", error="invalid_token"',
    ])
    const two = { ...as('viewer'), cookie: await cookieOf('vera') }
    expect((await app('/orders', { headers: two })).status).toBe(401)
    const foreign = { cookie: await cookieOf('vera'), origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await app('/orders', { method: 'POST', headers: foreign })).status).toBe(403)
    for (const path of ['/.countersign/check', '/v1/forward-auth']) expect((await app(path)).status).not.toBe(204)
    expect(reached).toHaveLength(before)
  })

  scenario('N-708 passes none of the client’s own identity headers on, however they are spelled', async () => {
    const names = ['subject', 'kind', 'username', 'role', 'scope', 'client'].flatMap((name) => [
      `X-Countersign-${name}`,
      `X_Countersign_${name}`,
      `X-Countersign_${name}`,
      `x_countersign-${name}`,
    ])
    const lies = Object.fromEntries(names.map((name) => [name, 'owner']))
    const { headers: honest } = await passed('/', { headers: as('viewer') })
    const { headers } = await passed('/', { headers: as('viewer', lies) })
    expect(Object.values(identityOf(headers))).not.toContain('owner')
    expect(identityOf(headers)).toEqual(identityOf(honest))
    expect(identityOf((await auth('/healthz', { headers: lies })).headers)).toEqual({})
  })

  scenario('N-709 asks about the request itself, not about what the client says of it', async () => {
    const cookie = await cookieOf('vera')
    const lies = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/', 'x-http-method-override': 'GET' }
    const before = reached.length
    expect((await app('/orders', { method: 'DELETE', headers: { cookie, ...lies } })).status).toBe(403)
    expect(reached).toHaveLength(before)
    await passed('/orders', { method: 'DELETE', headers: { cookie, ...lies, 'sec-fetch-site': 'same-origin' } })
    const forOrders = { authorization: `Bearer ${tokens.get('orders')}` }
    const asked = '/orders?resource=https://orders.example&role=viewer'
    expect((await app(asked, { headers: forOrders })).status).toBe(401)
    expect((await passed(asked, { headers: as('viewer') })).url).toBe(asked)
  })

  scenario('N-710 does not give the credential to the application', async () => {
    expect((await passed('/', { headers: as('viewer') })).headers.authorization).toBeUndefined()
    const session = await cookieOf('vera')
    for (const cookie of [
      session,
      `a=1; ${session}`,
      `${session}; b=2`,
      `a=1; ${session}; b=2`,
      `a=1;${session};b=2`,
    ]) {
      const { headers } = await passed('/', { headers: { cookie } })
      const others = String(headers.cookie ?? '')
      expect(others).not.toContain('countersign')
      expect(others.match(/[ab]=\d/g) ?? []).toEqual(cookie.match(/\b[ab]=\d/g) ?? [])
    }
  })

  scenario('N-711 lets nothing pass while the server is stopping or away', async () => {
    const before = reached.length
    server.app.stop()
    expect((await app('/orders', { headers: as('owner') })).status).toBeGreaterThanOrEqual(500)
    await server.listening.stop(0)
    expect((await app('/orders', { headers: as('owner') })).status).toBeGreaterThanOrEqual(500)
    expect(reached).toHaveLength(before)
  })
})
