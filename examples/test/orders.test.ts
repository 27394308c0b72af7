// The orders API, its page on another origin, its program for people, and the guards of other frameworks: each is run.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, Program, ServerRun } from '@countersign/server/testing/process'
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { nodeFlags, repository, run } from './programs.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const resource = 'https://orders.example'
const browser = '/usr/bin/chromium'
const example = (name: string) => join(repository, 'examples', name)

let server: ServerRun
let program: { readonly client_id: string; readonly client_secret: string }
/** A client that may only read. */
let robot: { readonly client_id: string; readonly client_secret: string }
let pagePort: number
beforeAll(async () => {
  pagePort = await freePort()
  const page = `http://127.0.0.1:${pagePort}`
  server = await ServerRun.start({ flags: ['--log-level', 'warn'] })
  const scopes = ['--scope', 'orders:read See orders.', '--scope', 'orders:write=manager Change orders.']
  await server.json(['apis', 'add', resource, '--name', 'Orders', ...scopes, '--allowed-origin', page])
  program = await server.json(['create-client', '--name', 'orders', '--audience', resource])
  robot = await server.json(['create-client', '--name', 'robot', '--api', resource, '--scope', 'orders:read'])
})
afterAll(() => server[Symbol.asyncDispose]())

/** Starts an example that prints its URL when it is ready. */
async function start(name: string, more: Readonly<Record<string, string>> = {}) {
  const environment = {
    ISSUER: server.url,
    RESOURCE: resource,
    CLIENT_ID: program.client_id,
    CLIENT_SECRET: program.client_secret,
    PORT: '0',
    ...more,
  }
  const running = Program.start({ arguments: [...nodeFlags, example(name)], environment })
  const url = (await running.said((out) => out.endsWith('\n'))).trim()
  return { url, stop: async () => (await running.end('SIGTERM')).code }
}

const robotToken = async (): Promise<string> => {
  const response = await fetch(`${server.url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${robot.client_id}:${robot.client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return String(((await response.json()) as { readonly access_token: string }).access_token)
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const revoke = (token: string) =>
  fetch(`${server.url}/oauth2/revoke`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${robot.client_id}:${robot.client_secret}`)}` },
    body: new URLSearchParams({ token }),
  })

describe('the orders API', () => {
  let api: Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    api = await start('orders/api.ts', { PAGE_ORIGIN: `http://127.0.0.1:${pagePort}` })
  })
  afterAll(async () => expect(await api.stop()).toBe(0))

  it('has the types that its contract gives', async () => {
    const file = example('orders/openapi.json')
    const generator = join(repository, 'examples/node_modules/.bin/openapi-typescript')
    const { stdout, status } = await run(generator, [file])
    expect(status).toBe(0)
    const squeezed = (text: string) => text.replaceAll(/[\s;,'"]+/g, '')
    expect(squeezed(readFileSync(example('orders/contract.ts'), 'utf8'))).toBe(squeezed(stdout))
  })

  it('lets a client that may read list, and no more, until its token is revoked', async () => {
    const token = await robotToken()
    const list = () => fetch(`${api.url}/orders`, { headers: bearer(token) })
    expect((await list()).status).toBe(200)
    const refused = await fetch(`${api.url}/orders`, {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: '{"article":"tea"}',
    })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringMatching(/error="insufficient_scope".*scope="orders:write"/),
    ])
    await revoke(token)
    await expect.poll(async () => (await list()).status, { interval: 5, timeout: 1000 }).toBe(401)
  })

  it('says where tokens come from', async () => {
    const refused = await fetch(`${api.url}/orders`)
    expect(refused.status).toBe(401)
    const [, metadataUrl] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    expect(metadataUrl).toBe(`${resource}/.well-known/oauth-protected-resource`)
    const metadata = await fetch(`${api.url}${new URL(String(metadataUrl)).pathname}`)
    expect(await metadata.json()).toMatchObject({ resource, authorization_servers: [server.url] })
  })

  it('is called by a program for people, which logs in once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-orders-'))
    const env = { ISSUER: server.url, RESOURCE: resource, ORDERS: api.url, SESSION: join(folder, 'session') }
    const cli = (args: readonly string[], more: Record<string, string> = {}) =>
      run(process.execPath, [...nodeFlags, example('orders/cli.ts'), ...args], { env: { ...env, ...more } })
    try {
      expect(await cli([])).toEqual({ status: 1, stdout: '', stderr: 'Log in: set PASSWORD\n' })
      const made = await cli(['green tea'], { PASSWORD: server.ownerPassword })
      expect(made).toMatchObject({ status: 0, stderr: '' })
      expect(made.stdout).toMatch(/^\d+ green tea\n$/)
      expect(await cli([])).toEqual(made)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is called by a page of another origin', async (context) => {
    if (!existsSync(browser)) context.skip('no Chromium here (Debian’s package chromium)')
    const served = await start('orders/page-server.ts', { ORDERS: api.url, PORT: String(pagePort) })
    const opened = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-gpu'] })
    try {
      const page = await (await opened.newContext()).newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      await page.goto(served.url)
      await page.getByLabel('Username').fill('owner')
      await page.getByLabel('Password').fill(server.ownerPassword)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByLabel('Article').fill('black tea')
      await page.getByRole('button', { name: 'Order' }).click()
      await page.getByRole('listitem').filter({ hasText: 'black tea' }).waitFor()
      // The session outlives the page.
      await page.reload()
      await page.getByRole('listitem').filter({ hasText: 'black tea' }).waitFor()
      expect(await page.evaluate('localStorage.length')).toBe(0)
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByLabel('Username').waitFor()
      expect(faults).toEqual([])
    } finally {
      await opened.close()
      expect(await served.stop()).toBe(0)
    }
  })
})

describe.each(['guards/fastify.ts', 'guards/hono.ts'])('%s', (name) => {
  it('lets the right callers in, and refuses a revoked token', async () => {
    const api = await start(name)
    const token = await robotToken()
    const list = (headers: Record<string, string>) => fetch(`${api.url}/orders`, { headers })
    expect((await list({})).status).toBe(401)
    expect(await (await list(bearer(token))).json()).toMatchObject({
      for: { subject: robot.client_id, client: robot.client_id, scope: ['orders:read'] },
    })
    await revoke(token)
    await expect.poll(async () => (await list(bearer(token))).status, { interval: 5, timeout: 1000 }).toBe(401)
    expect(await api.stop()).toBe(0)
  })
})

describe('guards/mcp.ts', () => {
  it('serves an MCP client that has a token, and tells another where tokens come from', async () => {
    const api = await start('guards/mcp.ts')
    const url = new URL('/mcp', api.url)
    const refused = await fetch(url, { method: 'POST' })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('resource_metadata='),
    ])
    const requestInit = { headers: bearer(await robotToken()) }
    const client = new McpClient({ name: 'test', version: '1.0.0' })
    await client.connect(
      new StreamableHTTPClientTransport(url, { requestInit }) as Parameters<typeof client.connect>[0],
    )
    const { content } = await client.callTool({ name: 'whoami' })
    expect(content).toEqual([{ type: 'text', text: robot.client_id }])
    await client.close()
    expect(await api.stop()).toBe(0)
  })
})
