/* Two servers behind one nginx, which sends each request to one of them by chance. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, serverPrograms, startCluster } from '@countersign/store/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { goodPassword, startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { endProxy, freePort, listens, proxies } from '../proxies/proxy.ts'

const programs = serverPrograms()
const nginx = proxies.find(({ name }) => name === 'nginx')?.program
const missing = 'missing' in programs ? programs.missing : nginx === undefined ? 'no nginx here' : undefined

const folder = mkdtempSync(join(tmpdir(), 'countersign-behind-nginx-'))
let cluster: Cluster | undefined
let both: readonly TestServer[] = []
let child: ChildProcess | undefined
let url = ''

beforeAll(async () => {
  if (missing !== undefined) return
  cluster = await startCluster()
  const data = join(folder, 'data')
  const flags = {
    issuer: 'http://127.0.0.1:1',
    'database-url': cluster.url('postgres', '&lock_timeout=20000'),
    'trusted-proxies': '127.0.0.1',
  }
  const first = await startTestServer({ data, flags, cheapHashes: true, alone: true })
  both = [first, await startTestServer({ data, flags, cheapHashes: true, alone: true })]
  await first.user('ada', 'viewer')
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(join(folder, 'nginx.conf'), configuration(port, both))
  child = spawn(String(nginx), ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: 'ignore' })
  while (!(await listens(port))) if (child.exitCode !== null) throw new Error('nginx ended')
})
afterAll(async () => {
  if (child) await endProxy(child)
  for (const server of both) await server.close()
  await cluster?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const configuration = (port: number, servers: readonly TestServer[]): string => `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr; events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/tmp;`).join('\n  ')}
  upstream countersign {
    random;
    ${servers.map(({ listening }) => `server 127.0.0.1:${listening.port};`).join('\n    ')}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://countersign;
      proxy_http_version 1.1;
      proxy_set_header Host 127.0.0.1:1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const statusOf = async ({ access_token }: Tokens, method = 'GET', path = '/v1/me') =>
  (await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${access_token}` } })).status

it('N-734 sessions live, are refreshed and end the same, whichever server has the request', async (context) => {
  if (missing !== undefined) context.skip(missing)
  const asked = () => both.map(({ authority }) => authority.store.statistics().reads)
  const before = asked()
  const lives = Array.from({ length: 12 }, async (_, n) => {
    const opened = await post(
      '/v1/sessions',
      { username: 'ada', password: goodPassword },
      { 'x-forwarded-for': `10.0.0.${n}` },
    )
    const login = await opened.json()
    expect([opened.status, login]).toMatchObject([201, { token_type: 'Bearer' }])
    let tokens = login as Tokens
    for (let turn = 0; turn < 6; turn++) {
      const key = { 'idempotency-key': randomBytes(18).toString('base64url') }
      const [one, again] = await Promise.all([
        post('/v1/sessions/refresh', { refresh_token: tokens.refresh_token }, key),
        post('/v1/sessions/refresh', { refresh_token: tokens.refresh_token }, key),
      ])
      expect([one.status, again.status]).toEqual([200, 200])
      const successors = [(await one.json()) as Tokens, (await again.json()) as Tokens] as const
      expect(successors[0].refresh_token).toBe(successors[1].refresh_token)
      tokens = successors[0]
      expect(await statusOf(tokens)).toBe(200)
    }
    expect(await statusOf(tokens, 'DELETE', '/v1/sessions/current')).toBe(204)
    for (let turn = 0; turn < 4; turn++) expect(await statusOf(tokens)).toBe(401)
    expect((await post('/v1/sessions/refresh', { refresh_token: tokens.refresh_token })).status).toBe(401)
  })
  await Promise.all(lives)
  // Both took part.
  for (const [at, reads] of asked().entries()) expect(reads).toBeGreaterThan((before[at] ?? 0) + 50)
})
