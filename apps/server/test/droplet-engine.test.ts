import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { cikitSessionPolicy } from '../src/dialects/cikit/policy.ts'
import { manifoldSessionPolicy } from '../src/dialects/manifold/policy.ts'
import { goodPassword } from '../src/testing/test-server.ts'
import { bearer, startRecordedServer } from './recorded-server.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server with a manager whose droplets are on a container engine that treats each request so. */
async function serverOnEngine(answer: (socket: Socket) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-engine-'))
  const path = join(folder, 'engine.sock')
  const sockets = new Set<Socket>()
  const engine = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => engine.listen(path, resolve))
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = await startRecordedServer({
    flags: { 'droplet-driver': 'docker', 'docker-socket': path, 'docker-image': 'droplet' },
  })
  closers.push(async () => {
    await server.close()
    hangUp()
    await new Promise((resolve) => engine.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })
  const { id } = await server.user('mary', 'manager')
  const as = bearer((await server.session(id, cikitSessionPolicy)).access)
  const natively = bearer((await server.session(id)).access)
  return { server, as, natively, hangUp, asked: () => sockets.size }
}

/** The engine's refusal. */
const refusing =
  (message: string) =>
  (socket: Socket): void => {
    const body = JSON.stringify({ message })
    const head = `HTTP/1.1 500 X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    socket.end(head + body)
  }

const words = 'Error response from daemon: no space left on device'
const login = { body: { username: 'mary', password: goodPassword } }

describe('a server whose container engine fails', () => {
  it('opens without it, and asks it nothing before somebody does', async () => {
    const { server, asked } = await serverOnEngine(() => undefined)
    expect((await server.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect(asked()).toBe(0)
  })

  it.each([
    ['CIKit', '/api/v1/droplet/list'],
    ['the native API', '/v1/droplets'],
  ] as const)('goes on serving everything else while %s waits for the engine', async (tongue, path) => {
    const { server, as, natively, hangUp, asked } = await serverOnEngine(() => undefined)
    let settled = 0
    const headers = tongue === 'CIKit' ? as : natively
    const hanging = Array.from({ length: 20 }, () => server.ask('GET', path, { headers }).finally(() => settled++))
    await expect.poll(asked).toBe(4)
    expect((await server.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect((await server.ask('GET', '/healthz')).status).toBe(200)
    expect(settled).toBe(0)
    const release = setInterval(hangUp, 5)
    const answers = await Promise.all(hanging).finally(() => clearInterval(release))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  })

  it('says when to come back if the engine hangs up', async () => {
    const { server, as, natively } = await serverOnEngine((socket) => socket.destroy())
    const body = { name: 'web' }
    const { status, headers } = await server.ask('POST', '/api/v1/droplet/add', { headers: as, body })
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    const native = await server.ask('POST', '/v1/droplets', { headers: natively, body })
    expect([native.status, native.headers.get('retry-after')]).toEqual([503, '1'])
    expect(native.body).toMatchObject({
      code: 'driver_unavailable',
      detail: 'The droplets cannot be reached right now.',
    })
  })

  it("passes the engine's own words on", async () => {
    const { server, as, natively } = await serverOnEngine(refusing('no space left on device'))
    const { status, body } = await server.ask('PATCH', '/api/v1/droplet/stop/web', { headers: as })
    expect([status, body]).toEqual([400, { error: words, errorId: 900 }])
    const native = await server.ask('POST', '/v1/droplets/web/stop', { headers: natively })
    expect([native.status, native.body.code, native.body.detail]).toEqual([503, 'driver_failed', words])
  })

  it('tells Manifold when to come back, in its own words', async () => {
    const { server } = await serverOnEngine(refusing('no space left on device'))
    const { id } = await server.user('ada')
    const headers = bearer((await server.session(id, manifoldSessionPolicy)).access)
    const {
      status,
      body,
      headers: answered,
    } = await server.ask('GET', '/manifold-api/v3-preview/cloud/instance', { headers })
    expect([status, answered.get('retry-after')]).toEqual([503, '1'])
    expect(body).toEqual({ code: 503, error: 'Service unavailable', details: [words] })
  })
})
