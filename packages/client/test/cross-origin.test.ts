// The client in a page of another origin (CORS): with a server that allows it, and with one that does not.
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer, type TestServer } from '@countersign/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startHttpServer } from '../src/testing/http-server.ts'
import { installPackedClient } from './packed-client.ts'
import { chromium, inBrowser } from './runtimes/chromium.ts'

const password = 'correct horse battery staple'

let folder: string
let executable: string | undefined
beforeAll(async () => {
  executable = await chromium.find()
  if (executable === undefined) return
  folder = await mkdtemp(join(tmpdir(), 'countersign-elsewhere-'))
  await installPackedClient(folder)
  for (const name of ['life.mjs', 'elsewhere.mjs']) {
    await copyFile(new URL(`./runtimes/${name}`, import.meta.url), join(folder, name))
  }
}, 240_000)
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
})

async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await startTestServer({ users: [{ username: 'owner', role: 'owner', password }], settings })
  onTestFinished(() => server.close())
  return server
}

/** An API that a page of one origin may call, registered under its own URL. */
async function startOrders(server: TestServer, origin: string): Promise<string> {
  let basic = ''
  const cors = { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Headers': 'Authorization' }
  const { url } = await startHttpServer(async ({ method, headers: { authorization } }) => {
    if (method === 'OPTIONS') return { status: 204, headers: cors }
    const response = await fetch(`${server.url}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ token: String(authorization).replace(/^Bearer /, '') }),
    })
    const { active, username } = (await response.json()) as { readonly active: boolean; readonly username?: string }
    return { status: active ? 200 : 401, headers: cors, json: active ? { caller: username } : {} }
  })
  const { id, secret } = await server.addClient({ name: 'API', audience: [url] })
  basic = btoa(`${id}:${secret}`)
  await server.addApi({ resource: url, name: 'Orders', allowedOrigins: [origin] })
  return url
}

const inPage = (page: Page, call: string, ...given: unknown[]) =>
  page.evaluate(
    `import('/elsewhere.mjs').then((page) => page.${call}(${given.map((one) => JSON.stringify(one)).join()}))`,
  )

/** Runs work in a page that a server of its own serves. */
function inElsewhere<T>(work: (page: Page, origin: string) => Promise<T>): Promise<T> {
  // Nothing of the page's own origin is called.
  const place = { folder, baseUrl: 'http://127.0.0.1:9', password }
  const run = async (open: () => Promise<Page>) => {
    const page = await open()
    return work(page, new URL(page.url()).origin)
  }
  return inBrowser(executable ?? '', place, run, ['elsewhere.mjs'])
}

it('logs in, calls the server and an API of its own, and refreshes, from an origin that is allowed', async (context) => {
  if (executable === undefined) return context.skip(`no Chromium here (${chromium.install})`)
  const told = await inElsewhere(async (page, origin) => {
    const server = await startServer({ 'allowed-origins': origin })
    const orders = await startOrders(server, origin)
    return inPage(page, 'callFrom', server.url, [server.issuer, orders], password)
  })
  expect(told).toEqual(['owner', 'owner', 'owner'])
}, 120_000)

it('says that the server does not allow calls from this origin, where that is the cause', async (context) => {
  if (executable === undefined) return context.skip(`no Chromium here (${chromium.install})`)
  const told = await inElsewhere(async (page) => inPage(page, 'refusedFrom', (await startServer()).url, password))
  expect(told).toMatchObject({ code: 'transport_failed', reason: 'origin_refused' })
  expect((told as Error).message).toContain('This server does not allow calls from this origin')
}, 120_000)
