import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'
import { openedStreams } from '../testing/event-stream.ts'

let server: RecordedServer
let owner: Record<string, string>
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer()
  const boss = await server.user('boss', 'owner')
  owner = bearer((await server.session(boss.id)).access)
  ada = await server.user('ada')
})
afterAll(() => server.close())

const streams = openedStreams(() => server)
const url = () => `${server.running.url}/v1/revocations`
const accept = 'text/event-stream'

describe('the open streams of a server', () => {
  it('N-670 are 64 at most, and one that is left makes room', async () => {
    const readers = await Promise.all(Array.from({ length: 64 }, () => streams.open(owner, 0)))
    await Promise.all(readers.map((reader) => reader.until('heartbeat')))
    const refused = await fetch(url(), { headers: { ...owner, accept } })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.json()).toMatchObject({ code: 'overloaded' })
    // A page is no stream.
    expect((await server.ask('GET', '/v1/revocations', { headers: owner })).status).toBe(200)
    await readers[0]?.cancel()
    await expect.poll(async () => (await streams.open(owner, 0)).response.status, { timeout: 5000 }).toBe(200)
    await Promise.all(readers.map((reader) => reader.cancel()))
  })

  it('N-671 answers HEAD without a stream', async () => {
    const ask = () => fetch(url(), { method: 'HEAD', headers: { ...owner, accept } })
    // Earlier readers have left.
    await expect.poll(async () => (await ask()).status, { timeout: 5000 }).toBe(200)
    for (let asked = 0; asked < 70; asked++) {
      const { status, headers } = await ask()
      expect([status, headers.get('content-type')]).toEqual([200, accept])
    }
  })

  it('N-672 writes no more to a reader that reads nothing, and goes on with the others', async () => {
    const { port } = new URL(server.running.url)
    const idle = connect(Number(port), '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    idle.pause()
    const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...owner, accept }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    idle.write(`GET /v1/revocations HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    const reader = await streams.open(owner, 0)
    const { store, clock } = server.running.authority
    const before = process.memoryUsage().arrayBuffers
    // More than the buffers of the sockets hold.
    const many = 4000
    const sessions = await Promise.all(Array.from({ length: many }, () => server.session(ada.id)))
    for (const { id } of sessions) {
      const event = { at: clock.now(), action: 'authorization_revoked', detail: {}, context: {} } as never
      await store.authorizations.revoke(id, clock.now(), event)
    }
    let seen = 0
    while (seen < many) if ((await reader.next()).event === 'revocation') seen++
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64_000_000)
    idle.destroy()
  }, 120_000)

  it('N-673 end at once when the server stops', async () => {
    const reader = await streams.open(owner, 0)
    await reader.until('heartbeat')
    server.running.app.stop()
    await reader.ended()
  })
})
