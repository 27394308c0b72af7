import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { goodPassword } from '../src/testing/test-server.ts'
import { bearer } from './recorded-server.ts'
import { refusing, startServerOnEngine } from './server-on-engine.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server whose droplets are on an engine that treats each request so, and a manager. */
async function serverOn(answer: (socket: Socket) => void) {
  const on = await startServerOnEngine(answer)
  closers.push(on.close)
  const { id } = await on.server.user('mary', 'manager')
  const natively = bearer((await on.server.session(id)).access)
  return { ...on, natively }
}

const words = 'Error response from daemon: no space left on device'
const login = { body: { username: 'mary', password: goodPassword } }

describe('a server whose container engine fails', () => {
  it('starts without it, and sends it nothing before a request needs it', async () => {
    const { server, asked } = await serverOn(() => undefined)
    expect((await server.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect(asked()).toBe(0)
  })

  it('serves everything else while a request waits for the engine', async () => {
    const { server, natively: headers, hangUp, asked } = await serverOn(() => undefined)
    let settled = 0
    const hanging = Array.from({ length: 20 }, () =>
      server.ask('GET', '/v1/droplets', { headers }).finally(() => settled++),
    )
    await expect.poll(asked).toBe(4)
    expect((await server.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect((await server.ask('GET', '/healthz')).status).toBe(200)
    expect(settled).toBe(0)
    const release = setInterval(hangUp, 5)
    const answers = await Promise.all(hanging).finally(() => clearInterval(release))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  })

  it('answers with Retry-After if the engine closes the connection', async () => {
    const { server, natively } = await serverOn((socket) => socket.destroy())
    const native = await server.ask('POST', '/v1/droplets', { headers: natively, body: { name: 'web' } })
    expect([native.status, native.headers.get('retry-after')]).toEqual([503, '1'])
    expect(native.body).toMatchObject({
      code: 'driver_unavailable',
      detail: 'The droplets cannot be reached right now.',
    })
  })

  it("passes the engine's own words on", async () => {
    const { server, natively } = await serverOn(refusing('no space left on device'))
    const native = await server.ask('POST', '/v1/droplets/web/stop', { headers: natively })
    expect([native.status, native.body.code, native.body.detail]).toEqual([503, 'driver_failed', words])
  })
})
