// What a request leaves behind. V8 promotes what is still reachable when it collects the young generation; only a full collection
// frees it again. So what a request keeps reachable makes every collection longer, and with it the slowest answers.
import { basic, Connection, formRequest, ServerRun } from '@countersign/server/testing/process'
import { describe, expect, it, onTestFinished } from 'vitest'

const connections = 8
const perConnection = 400

interface Collection {
  readonly allocated: number
  readonly promoted: number
}

/** The collections of the young generation, from what `--trace-gc-nvp` prints. */
const collectionsIn = (trace: string): Collection[] =>
  trace
    .split('\n')
    .filter((line) => line.includes(' gc=s '))
    .map((line) => {
      const figure = (name: string) => Number(new RegExp(` ${name}=(\\d+)`).exec(line)?.[1])
      return { allocated: figure('allocated'), promoted: figure('promoted') }
    })

describe('an answered request', () => {
  it('leaves nothing behind for the next full garbage collection', async () => {
    const server = await ServerRun.prepare()
    onTestFinished(() => server[Symbol.asyncDispose]())
    await server.user({ username: 'owner', password: 'correct horse battery staple' }, 'owner')
    const { id, secret } = await server.client('robot', 'opaque')
    await server.serve({ nodeOptions: ['--trace-gc', '--trace-gc-nvp', '--max-semi-space-size=8'] })
    const { endpoint } = server
    const headers = { authorization: basic(id, secret) }
    const issuing = formRequest(endpoint, '/oauth2/token', { grant_type: 'client_credentials' }, headers)
    const open = () => Promise.all(Array.from({ length: connections }, () => Connection.open(endpoint)))
    const lanes = await open()
    const issued = await lanes[0]?.exchange(issuing)
    const { access_token: token } = JSON.parse(issued?.body ?? '')
    const asking = formRequest(endpoint, '/oauth2/introspect', { token }, headers)
    const askAll = () =>
      Promise.all(
        lanes.map(async (lane) => {
          for (let asked = 0; asked < perConnection; asked++) {
            const { body } = await lane.exchange(asking)
            if (!body.includes('"active":true')) throw new Error(body)
          }
        }),
      )
    await askAll()
    const before = server.program.out.length
    await askAll()
    // The first still promotes what the warm-up has left.
    const collections = collectionsIn(server.program.out.slice(before)).slice(1)
    const sum = (of: (one: Collection) => number) => collections.reduce((total, one) => total + of(one), 0)
    expect(collections.length).toBeGreaterThan(0)
    expect(sum(({ promoted }) => promoted) / sum(({ allocated }) => allocated)).toBeLessThan(0.04)
    for (const lane of lanes) lane.close()
  }, 120_000)
})
