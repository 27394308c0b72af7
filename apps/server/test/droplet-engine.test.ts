import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { cikitSessionPolicy } from '../src/dialects/cikit/dialect.ts'
import { goodPassword } from '../src/testing/test-server.ts'
import { bearer, startRecordedServer } from './recorded-server.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server whose droplets are on an engine that treats each request so. */
async function houseOn(answer: (socket: Socket) => void) {
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
  const house = await startRecordedServer({
    flags: { 'droplet-driver': 'docker', 'docker-socket': path, 'docker-image': 'droplet' },
  })
  closers.push(async () => {
    await house.close()
    hangUp()
    await new Promise((resolve) => engine.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })
  const { id } = await house.user('mary', 'manager')
  const as = bearer((await house.session(id, cikitSessionPolicy)).access)
  return { house, as, hangUp, asked: () => sockets.size }
}

const login = { body: { username: 'mary', password: goodPassword } }

describe('a server whose container engine fails', () => {
  it('opens without it, and asks it nothing before somebody does', async () => {
    const { house, asked } = await houseOn(() => undefined)
    expect((await house.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect(asked()).toBe(0)
  })

  it('goes on serving everything else while the engine does not answer', async () => {
    const { house, as, hangUp, asked } = await houseOn(() => undefined)
    let settled = 0
    const hanging = Array.from({ length: 20 }, () =>
      house.ask('GET', '/api/v1/droplet/list', { headers: as }).finally(() => settled++),
    )
    await expect.poll(asked).toBe(4)
    expect((await house.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect((await house.ask('GET', '/healthz')).status).toBe(200)
    expect(settled).toBe(0)
    const release = setInterval(hangUp, 5)
    const answers = await Promise.all(hanging).finally(() => clearInterval(release))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  })

  it('says when to come back if the engine hangs up', async () => {
    const { house, as } = await houseOn((socket) => socket.destroy())
    const { status, headers } = await house.ask('POST', '/api/v1/droplet/add', { headers: as, body: { name: 'web' } })
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  })

  it("passes the engine's own words on", async () => {
    const refusal = JSON.stringify({ message: 'no space left on device' })
    const { house, as } = await houseOn((socket) =>
      socket.end(
        `HTTP/1.1 500 X\r\ncontent-type: application/json\r\ncontent-length: ${refusal.length}\r\n\r\n${refusal}`,
      ),
    )
    const { status, body } = await house.ask('PATCH', '/api/v1/droplet/stop/web', { headers: as })
    expect([status, body]).toEqual([
      400,
      { error: 'Error response from daemon: no space left on device', errorId: 900 },
    ])
  })
})
