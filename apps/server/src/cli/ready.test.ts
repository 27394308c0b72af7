import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { run } from './testing/run-program.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const ready = (...args: string[]) => run(['ready', '--port', String(server.listening.port), ...args])

describe('ready', () => {
  it('ends with 0 if the server serves requests, also by the address for all addresses', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0', 'localhost']) {
      expect(await ready('--host', host)).toMatchObject({ status: 0, err: '' })
    }
    const { out } = await ready('--json')
    expect(JSON.parse(out)).toEqual({ url: server.url, ready: true, answer: 200 })
  })

  it('ends with 1 if it does not, and says why', async () => {
    expect(await run(['ready', '--port', '1'])).toMatchObject({
      status: 1,
      out: 'http://127.0.0.1:1 is not ready (ECONNREFUSED)\n',
    })
    expect((await ready('--tls-self-signed')).status).toBe(1)
    server.app.stop()
    const stopped = await ready()
    server.app.ready()
    expect(stopped).toMatchObject({ status: 1, out: `${server.url} is not ready (503)\n` })
  })
})
