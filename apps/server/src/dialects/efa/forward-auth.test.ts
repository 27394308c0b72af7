// A real nginx in front of a real upstream, guarded by `GET /v1/auth/token/validate` as the README says.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer } from '../../../test/recorded-server.ts'
import { type EfaServer, startEfaServer } from './testing/efa-server.ts'

const nginx = ['nginx', '/usr/sbin/nginx'].find((path) => spawnSync(path, ['-v']).status === 0)
if (nginx === undefined)
  process.stderr.write('forward authentication is not tested: there is no nginx (apt-get install nginx)\n')

const snippet = (): string => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const [, found] = /```nginx\n([\s\S]*?)```/.exec(readme) ?? []
  if (found === undefined) throw new Error('the README shows no nginx any more')
  return found
}

const configuration = (folder: string, ports: { readonly upstream: number; readonly countersign: number }): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/tmp;`).join('\n    ')}
    upstream upstream { server 127.0.0.1:${ports.upstream}; }
    upstream countersign { server 127.0.0.1:${ports.countersign}; }
    server {
        listen unix:${folder}/gateway.sock;
        ${snippet()}
    }
}
`

describe.skipIf(nginx === undefined)('nginx validates the token of each request (needs nginx)', () => {
  let efa: EfaServer
  let upstream: Server
  let gateway: ChildProcess
  let folder: string
  /** What reached the upstream. */
  const reached: string[] = []

  beforeAll(async () => {
    efa = await startEfaServer()
    folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'))
    mkdirSync(join(folder, 'tmp'))
    upstream = createServer((incoming, response) => {
      reached.push(`${incoming.method} ${incoming.url}`)
      incoming.resume()
      response.end('from upstream')
    })
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const ports = {
      upstream: (upstream.address() as AddressInfo).port,
      countersign: efa.server.running.listening.port,
    }
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, configuration(folder, ports))
    gateway = spawn(nginx as string, ['-p', folder, '-c', file, '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await started(gateway)
  })

  afterAll(async () => {
    const ended = once(gateway, 'exit')
    gateway.kill('SIGTERM')
    await ended
    upstream.close()
    await efa.server.close()
    rmSync(folder, { recursive: true })
  })

  const through = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request({ socketPath: join(folder, 'gateway.sock'), method, path, headers }, (response) => {
        response.setEncoding('utf8')
        let text = ''
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      sent.on('error', reject)
      sent.end(body)
    })

  it('forwards a request with a good token, with its body', async () => {
    const headers = bearer((await efa.sessionOf('vera')).access)
    expect(await through('POST', '/orders?limit=1', headers, 'an order')).toEqual({
      status: 200,
      text: 'from upstream',
    })
    expect(reached).toEqual(['POST /orders?limit=1'])
  })

  it('refuses a request without a token, with a bad one, or with one that has ended', async () => {
    const before = reached.length
    const { access } = await efa.sessionOf('vera')
    expect((await through('GET', '/orders')).status).toBe(401)
    expect((await through('GET', '/orders', bearer(`${access}A`))).status).toBe(401)
    expect((await through('GET', '/orders', bearer(access))).status).toBe(200)
    await efa.ask('POST', '/token/remove-token', { headers: bearer(access) })
    expect((await through('GET', '/orders', bearer(access))).status).toBe(401)
    const expired = (await efa.sessionOf('vera')).access
    efa.server.time.advance(3600)
    expect((await through('GET', '/orders', bearer(expired))).status).toBe(401)
    expect(reached.length).toBe(before + 1)
  })

  it('answers 403 where the role is too low for an operation of ours, whatever the client says of itself', async () => {
    const before = reached.length
    const viewer = bearer((await efa.sessionOf('vera')).access)
    const lie = { 'x-forwarded-uri': '/orders', 'x-forwarded-method': 'GET' }
    expect((await through('GET', '/v1/clients?limit=1', viewer)).status).toBe(403)
    expect((await through('GET', '/v1/clients?limit=1', { ...viewer, ...lie })).status).toBe(403)
    expect(reached.length).toBe(before)
    expect((await through('GET', '/v1/clients?limit=1', await efa.asOwner())).status).toBe(200)
  })
})

/** It listens before it says which system it runs on. */
async function started(gateway: ChildProcess): Promise<void> {
  const lines: string[] = []
  if (!gateway.stderr) throw new Error('nginx has no standard error')
  for await (const line of createInterface(gateway.stderr)) {
    lines.push(line)
    if (line.includes('OS: ')) {
      gateway.stderr.resume()
      return
    }
  }
  throw new Error(`nginx did not start: ${lines.join('\n')}`)
}
