// Pages on other origins, in a real browser: what it sends and permits by itself is part of what is tested.
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { goodPassword, startTestServer, type TestServer } from '../../src/testing/test-server.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What a page got: the answer, or the error of `fetch`. */
interface Got {
  readonly status?: number
  readonly body?: Record<string, string>
  readonly requestId?: string | null
  readonly error?: string
}

/** What a page passes to `fetch`. */
interface Init {
  readonly method?: string
  readonly mode?: 'no-cors'
  readonly credentials?: 'include'
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Calls `fetch` in a page. */
const ask = (page: Page, url: string, init: Init = {}): Promise<Got> =>
  page.evaluate(
    async ([to, how]) => {
      try {
        const response = await fetch(to, how)
        const text = await response.text()
        return {
          status: response.status,
          body: text === '' ? {} : JSON.parse(text),
          requestId: response.headers.get('X-Request-Id'),
        }
      } catch (error) {
        return { error: String(error) }
      }
    },
    [url, init] as const,
  )

const post = (body: object, more: Record<string, string> = {}): Init => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...more },
  body: JSON.stringify(body),
})
const bearer = (token: string | undefined): Init => ({ headers: { Authorization: `Bearer ${token}` } })
const login = { username: 'ada', password: goodPassword }
const blocked = { error: 'TypeError: Failed to fetch' }

describe.skipIf(executablePath === undefined)('a page on another origin in a browser (needs Chromium)', () => {
  let pages: Server
  let server: TestServer
  let browser: Browser
  let port: number
  beforeAll(async () => {
    pages = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>app</title>')
    })
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
    port = (pages.address() as AddressInfo).port
    // `localhost` is another site than 127.0.0.1; another port of 127.0.0.1 is another origin of the same site.
    const allowed = `http://localhost:${port},http://127.0.0.1:${port}`
    server = await startTestServer({ flags: { 'allowed-origins': allowed }, cheapHashes: true })
    await server.user('ada', 'manager')
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: quiet })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    pages?.close()
  })

  const openContext = async (): Promise<BrowserContext> => {
    const context = await browser.newContext()
    onTestFinished(() => context.close())
    return context
  }
  const open = async (origin: string, context?: BrowserContext): Promise<Page> => {
    const page = await (context ?? (await openContext())).newPage()
    await page.goto(origin)
    return page
  }
  const audited = () => server.authority.store.audit.list({ limit: 200 }).then((entries) => entries.length)

  it.each(['localhost', '127.0.0.1'])(
    'N-579 logs in, refreshes, calls and logs out from an allowed one: %s',
    async (host) => {
      const page = await open(`http://${host}:${port}/`)
      const session = await ask(page, `${server.url}/v1/sessions`, post(login))
      expect(session).toMatchObject({ status: 201, requestId: expect.stringMatching(/^[0-9a-f]+$/) })
      const renewed = await ask(
        page,
        `${server.url}/v1/sessions/refresh`,
        post({ refresh_token: session.body?.refresh_token }, { 'Idempotency-Key': '0123456789abcdef0123456789abcdef' }),
      )
      expect(renewed.status).toBe(200)
      const own = bearer(renewed.body?.access_token)
      expect(await ask(page, `${server.url}/v1/me`, own)).toMatchObject({ status: 200, body: { username: 'ada' } })
      expect((await ask(page, `${server.url}/v1/sessions/current`, { ...own, method: 'DELETE' })).status).toBe(204)
      expect(await ask(page, `${server.url}/v1/me`, own)).toMatchObject({
        status: 401,
        body: { code: 'token_invalid' },
      })
    },
  )

  it('N-579 reads why a login was refused', async () => {
    const page = await open(`http://localhost:${port}/`)
    const { status, body } = await ask(page, `${server.url}/v1/sessions`, post({ ...login, password: 'wrong' }))
    expect([status, body?.code]).toEqual([401, 'credentials_invalid'])
  })

  it('N-579 cannot log in, call or refresh from any other, and nothing is even verified', async () => {
    const { access_token, refresh_token } = await server.login('ada')
    const before = await audited()
    const page = await open(`http://other.localhost:${port}/`)
    expect(await ask(page, `${server.url}/v1/sessions`, post(login))).toEqual(blocked)
    expect(await ask(page, `${server.url}/v1/sessions/refresh`, post({ refresh_token }))).toEqual(blocked)
    expect(await ask(page, `${server.url}/v1/me`, bearer(access_token))).toEqual(blocked)
    // Without a preflight request: the browser sends it, and the server refuses it.
    const simple: Init = { method: 'POST', mode: 'no-cors', body: JSON.stringify(login) }
    const refusals = () => server.log().match(/"code":"origin_refused"/g)?.length ?? 0
    const refusedBefore = refusals()
    expect(await ask(page, `${server.url}/v1/sessions`, simple)).toEqual(blocked)
    expect(refusals()).toBe(refusedBefore + 1)
    expect(await audited()).toBe(before)
    // A sandboxed frame has the origin `null`.
    await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<p>x</p>"></iframe>')
    const frame = page.frames().at(-1) as unknown as Page
    expect(await ask(frame, `${server.url}/v1/me`, bearer(access_token))).toEqual(blocked)
  })

  it('N-579 does not get in by the cookie from an allowed one, neither of the same site nor of another', async () => {
    const context = await openContext()
    const own = await open(`${server.url}/docs`, context)
    expect((await ask(own, '/v1/sessions', post({ ...login, cookie: true }))).status).toBe(201)
    expect((await ask(own, '/v1/me')).body?.username).toBe('ada')
    for (const host of ['127.0.0.1', 'localhost']) {
      const page = await open(`http://${host}:${port}/`, context)
      const included: Init = { credentials: 'include' }
      expect(await ask(page, `${server.url}/v1/me`, included)).toEqual(blocked)
      expect(await ask(page, `${server.url}/v1/sessions/current`, { ...included, method: 'DELETE' })).toEqual(blocked)
      expect(await ask(page, `${server.url}/v1/sessions`, { ...post(login), ...included })).toEqual(blocked)
      // Without the cookie it is asked for a token.
      expect((await ask(page, `${server.url}/v1/me`)).body?.code).toBe('credentials_missing')
    }
    expect((await ask(own, '/v1/me')).body?.username).toBe('ada')
  })

  it('N-579 leaves no cookie where it logs in', async () => {
    const context = await openContext()
    const page = await open(`http://127.0.0.1:${port}/`, context)
    expect((await ask(page, `${server.url}/v1/sessions`, post({ ...login, cookie: true }))).status).toBe(201)
    expect(await context.cookies()).toEqual([])
  })

  it('N-579 reads metadata and keys from any', async () => {
    const page = await open(`http://other.localhost:${port}/`)
    const metadata = await ask(page, `${server.url}/.well-known/oauth-authorization-server`)
    expect(metadata.body?.issuer).toBe(server.authority.domain.issuer)
    expect((await ask(page, `${server.url}/oauth2/jwks`)).status).toBe(200)
  })
})
