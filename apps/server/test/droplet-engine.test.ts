import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { cikitSessionPolicy } from '../src/dialects/cikit/policy.ts'
import { manifoldSessionPolicy } from '../src/dialects/manifold/policy.ts'
import { goodPassword } from '../src/testing/test-server.ts'
import { refusing, startHouseOnEngine } from './house-on-engine.ts'
import { bearer } from './recorded-server.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server whose droplets are on an engine that treats each request so, and a manager in both tongues. */
async function houseOn(answer: (socket: Socket) => void) {
  const on = await startHouseOnEngine(answer)
  closers.push(on.close)
  const { id } = await on.house.user('mary', 'manager')
  const as = bearer((await on.house.session(id, cikitSessionPolicy)).access)
  const natively = bearer((await on.house.session(id)).access)
  return { ...on, as, natively }
}

const words = 'Error response from daemon: no space left on device'
const login = { body: { username: 'mary', password: goodPassword } }

describe('a server whose container engine fails', () => {
  it('opens without it, and asks it nothing before somebody does', async () => {
    const { house, asked } = await houseOn(() => undefined)
    expect((await house.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect(asked()).toBe(0)
  })

  it.each([
    ['CIKit', '/api/v1/droplet/list'],
    ['the native API', '/v1/droplets'],
  ] as const)('goes on serving everything else while %s waits for the engine', async (tongue, path) => {
    const { house, as, natively, hangUp, asked } = await houseOn(() => undefined)
    let settled = 0
    const headers = tongue === 'CIKit' ? as : natively
    const hanging = Array.from({ length: 20 }, () => house.ask('GET', path, { headers }).finally(() => settled++))
    await expect.poll(asked).toBe(4)
    expect((await house.ask('POST', '/v1/sessions', login)).status).toBe(201)
    expect((await house.ask('GET', '/healthz')).status).toBe(200)
    expect(settled).toBe(0)
    const release = setInterval(hangUp, 5)
    const answers = await Promise.all(hanging).finally(() => clearInterval(release))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  })

  it('says when to come back if the engine hangs up', async () => {
    const { house, as, natively } = await houseOn((socket) => socket.destroy())
    const body = { name: 'web' }
    const { status, headers } = await house.ask('POST', '/api/v1/droplet/add', { headers: as, body })
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    const native = await house.ask('POST', '/v1/droplets', { headers: natively, body })
    expect([native.status, native.headers.get('retry-after')]).toEqual([503, '1'])
    expect(native.body).toMatchObject({
      code: 'driver_unavailable',
      detail: 'The droplets cannot be reached right now.',
    })
  })

  it("passes the engine's own words on", async () => {
    const { house, as, natively } = await houseOn(refusing('no space left on device'))
    const { status, body } = await house.ask('PATCH', '/api/v1/droplet/stop/web', { headers: as })
    expect([status, body]).toEqual([400, { error: words, errorId: 900 }])
    const native = await house.ask('POST', '/v1/droplets/web/stop', { headers: natively })
    expect([native.status, native.body.code, native.body.detail]).toEqual([503, 'driver_failed', words])
  })

  it('tells Manifold when to come back, in its own words', async () => {
    const { house } = await houseOn(refusing('no space left on device'))
    const { id } = await house.user('ada')
    const headers = bearer((await house.session(id, manifoldSessionPolicy)).access)
    const {
      status,
      body,
      headers: answered,
    } = await house.ask('GET', '/manifold-api/v3-preview/cloud/instance', { headers })
    expect([status, answered.get('retry-after')]).toEqual([503, '1'])
    expect(body).toEqual({ code: 503, error: 'Service unavailable', details: [words] })
  })
})
