// A real nginx in front of a real server, with the block of docs/deployment.md as it is printed there.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword, startTestServer, type TestServer } from '../src/testing/test-server.ts'

const nginx = ['nginx', '/usr/sbin/nginx'].find((path) => spawnSync(path, ['-v']).status === 0)

const printed = (): string => {
  const page = readFileSync(new URL('../../../docs/deployment.md', import.meta.url), 'utf8')
  const [, found] = /```nginx\n(upstream [\s\S]*?)```/.exec(page) ?? []
  if (found === undefined) throw new Error('docs/deployment.md shows no nginx any more')
  return found
}

/** The printed block with this test's port and files in place of its own. */
function adapted(replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((block, [from, to]) => {
    if (!block.includes(from)) throw new Error(`the printed block has no ${from}`)
    return block.replace(from, to)
  }, printed())
}

const configuration = (folder: string, block: string): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/tmp;`).join('\n    ')}
    ${block}
}
`

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

describe.skipIf(nginx === undefined)('the printed block for nginx (needs nginx)', () => {
  let server: TestServer
  let proxy: ChildProcess
  let folder: string
  let port: number

  beforeAll(async () => {
    server = await startTestServer({
      flags: { issuer: 'https://auth.example.com', 'trusted-proxies': '127.0.0.1' },
    })
    await server.user('vera', 'viewer')
    folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'))
    mkdirSync(join(folder, 'tmp'))
    const pair = await generate([{ name: 'commonName', value: 'auth.example.com' }], { algorithm: 'sha256' })
    writeFileSync(join(folder, 'auth.pem'), pair.cert)
    writeFileSync(join(folder, 'auth.key'), pair.private, { mode: 0o600 })
    port = await freePort()
    const block = adapted({
      'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
      'server 127.0.0.1:4300;': `server 127.0.0.1:${server.listening.port};`,
      '/etc/ssl/auth.pem': join(folder, 'auth.pem'),
      '/etc/ssl/private/auth.key': join(folder, 'auth.key'),
    })
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, configuration(folder, block))
    proxy = spawn(nginx as string, ['-p', folder, '-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
    await started(proxy)
  })

  afterAll(async () => {
    const ended = once(proxy, 'exit')
    proxy.kill('SIGTERM')
    await ended
    await server.close()
    rmSync(folder, { recursive: true })
  })

  const through = (method: string, path: string, body?: object) =>
    new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          // A client that is not the proxy.
          localAddress: '127.0.0.2',
          servername: 'auth.example.com',
          headers: { host: 'auth.example.com', ...(body ? { 'content-type': 'application/json' } : {}) },
          rejectUnauthorized: false,
        },
        (response) => {
          response.resume()
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }))
        },
      )
      sent.on('error', reject)
      sent.end(body && JSON.stringify(body))
    })

  it('lets users log in, with Strict-Transport-Security in the response', async () => {
    const answer = await through('POST', '/v1/sessions', { username: 'vera', password: goodPassword })
    expect(answer).toMatchObject({ status: 201, headers: { 'strict-transport-security': 'max-age=31536000' } })
    expect((await through('GET', '/docs')).status).toBe(200)
  })

  it('passes the client’s address on, to the log too', async () => {
    await through('GET', '/nowhere')
    const last = JSON.parse(server.log().trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
    expect(last).toMatchObject({ event: 'request', status: 404, address: '127.0.0.2' })
  })

  it('does not expose the metrics', async () => {
    expect((await server.fetch('/metrics')).status).toBe(200)
    for (const path of ['/metrics', '//metrics', '/%6detrics', '/x/../metrics']) {
      expect([path, (await through('GET', path)).status]).toEqual([path, 404])
    }
  })
})

/** It listens before it says which system it runs on. */
async function started(proxy: ChildProcess): Promise<void> {
  const lines: string[] = []
  if (!proxy.stderr) throw new Error('nginx has no standard error')
  for await (const line of createInterface(proxy.stderr)) {
    lines.push(line)
    if (line.includes('OS: ')) {
      proxy.stderr.resume()
      return
    }
  }
  throw new Error(`nginx did not start: ${lines.join('\n')}`)
}
