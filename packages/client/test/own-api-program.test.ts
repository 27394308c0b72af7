// A program with the packed client calls an API of one's own, which asks the server about each token.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestServer, type TestServer } from '@countersign/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHttpServer } from '../src/testing/http-server.ts'
import { env, installPackedClient } from './packed-client.ts'
import { executable } from './runtimes/executables.ts'

const password = 'correct horse battery staple'

let server: TestServer
let folder: string

beforeAll(async () => {
  server = await startTestServer({
    users: [
      { username: 'owner', role: 'owner', password },
      { username: 'max', role: 'manager', password },
    ],
  })
  folder = await mkdtemp(join(tmpdir(), 'countersign-own-api-'))
  await installPackedClient(folder)
  await copyFile(fileURLToPath(new URL('./own-api-program.mjs', import.meta.url)), join(folder, 'program.mjs'))
}, 120_000)
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

interface Introspection {
  readonly active: boolean
  readonly username?: string
  readonly scope?: string
}

/** An API that accepts what the server says is active for it, registered under its own URL. */
async function startOrders(): Promise<string> {
  let basic = ''
  const { url } = await startHttpServer(async ({ headers: { authorization } }) => {
    const response = await fetch(`${server.url}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ token: String(authorization).replace(/^Bearer /, '') }),
    })
    const { active, username = 'a client', scope } = (await response.json()) as Introspection
    return active ? { status: 200, json: { caller: `${username} ${scope}` } } : { status: 401, json: {} }
  })
  const { id, secret } = await server.addClient({ name: url, audience: [url] })
  basic = btoa(`${id}:${secret}`)
  await server.addApi({
    resource: url,
    name: 'Orders',
    scopes: ['orders:read', { name: 'orders:write', leastRole: 'manager' }],
  })
  return url
}

it.each(['20', '24'])(
  'from the tarball, on Node.js %s: with a user’s and a client’s tokens, each where it belongs',
  async (version) => {
    const node = await executable('node', new RegExp(`^v${version}\\.`))
    if (!node) return expect(process.version).not.toMatch(new RegExp(`^v${version}\\.`))
    const orders = await startOrders()
    const robot = await server.addClient({
      name: `robot of ${orders}`,
      apis: [{ resource: orders, scope: 'orders:read' }],
    })
    const given = [server.url, orders, password, robot.id, robot.secret]
    const { stdout } = await promisify(execFile)(node, ['program.mjs', ...given], { cwd: folder, env })
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^Node v${version}\\.`)),
      'person at orders 200 max orders:read orders:write',
      "person's token at the issuer 401 ",
      "person's fetch to the issuer ForeignOriginError",
      'robot at orders 200 a client orders:read',
      "robot's token at the issuer 401 ",
      "robot's fetch to the issuer ForeignOriginError",
      'an issuer token at the issuer 200 ',
      'an issuer token at orders 401',
    ])
  },
)
