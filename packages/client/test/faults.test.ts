// What the client makes of a server that a test disturbs.
import { startTestServer, type TestServer } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientCredentials, createClient, passwordSession, unwrap } from '../src/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ users: [{ username: 'ada', role: 'manager' }], clients: [{ name: 'reader' }] })
})
afterAll(() => server.close())

const personOf = (of: TestServer) =>
  createClient({ baseUrl: of.url, auth: passwordSession({ username: 'ada', password: of.user('ada').password }) })
/** The server's clock, for a client. Pauses end at once; deadlines never come. */
const clockOf = ({ clock }: TestServer) => ({
  epochSeconds: () => clock.now(),
  elapsedSeconds: () => clock.now(),
  wait: (_seconds: number, signal?: AbortSignal) =>
    signal ? new Promise<void>((go) => signal.addEventListener('abort', () => go())) : Promise.resolve(),
})
describe('a fault of the server', () => {
  it('503 at a login is reported by the client with its code', async () => {
    server.fail({ with: 503, operation: 'POST /v1/sessions' })
    await expect(unwrap(personOf(server).GET('/v1/me'))).rejects.toMatchObject({ code: 'unavailable', status: 503 })
    expect((await unwrap(personOf(server).GET('/v1/me'))).username).toBe('ada')
  })

  it.each(['cut', 503] as const)('%s at a refresh is survived by the client: its session goes on', async (kind) => {
    await using own = await startTestServer({ users: [{ username: 'ada' }] })
    const client = createClient({
      baseUrl: own.url,
      auth: passwordSession({ username: 'ada', password: own.user('ada').password }),
      clock: clockOf(own),
    })
    const session = async () => (await unwrap(client.GET('/v1/sessions/current'))).id
    const before = await session()
    own.clock.advance(601)
    own.fail({ with: kind, operation: 'refreshSession' })
    expect(await session()).toBe(before)
    const refreshes = own
      .log()
      .split('\n')
      .filter((line) => line.includes('"/v1/sessions/refresh"'))
    expect(refreshes).toHaveLength(2)
  })

  it('that is over leaves no trace: a machine asks with its secret', async () => {
    const { id, secret } = server.client('reader')
    const auth = clientCredentials({ clientId: id, clientSecret: secret })
    const client = createClient({ baseUrl: server.url, auth })
    expect((await client.GET('/v1/droplets')).response.status).toBe(200)
  })
})
