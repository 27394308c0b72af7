import { startTestServer } from '@countersign/server/testing'
import { Connection, jsonRequest, readiness, type ServerRun } from '@countersign/server/testing/process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOwner, goodPassword, prepareServer } from '../campaign/server.ts'

const inFlight = 200
const user = { username: 'ada', password: goodPassword }

let server: ServerRun
let tokens: string[]

const refresh = (token: string): string =>
  jsonRequest(server.endpoint, '/v1/sessions/refresh', { refresh_token: token })

const refreshTokenOf = (body: string): string => JSON.parse(body).refresh_token

beforeAll(async () => {
  server = await prepareServer({})
  await createOwner(server)
  // In this process, where a hash may be cheap: what is tested is the end of the sessions' server, and not their beginning.
  const { data, port } = server
  const local = await startTestServer({ data, port, cheapHashes: true, flags: { 'max-sessions': '1000000' } })
  await local.user(user.username, 'viewer', user.password)
  tokens = []
  for (let i = 0; i < inFlight; i++) tokens.push((await local.login(user.username, user.password)).refresh_token)
  await local.close()
}, 300_000)

afterAll(() => server[Symbol.asyncDispose]())

describe('SIGTERM', () => {
  it.each([0, 1, 60])(
    'answers each of 200 refreshes or lets it go before the commit, when %i have their answers',
    async (answersBefore) => {
      await server.serve()
      const connections = await Promise.all(tokens.map(() => Connection.open(server.endpoint)))
      let answered = 0
      const { promise: enough, resolve } = Promise.withResolvers<void>()
      if (answersBefore === 0) resolve()
      const exchanges = connections.map(async (connection, i) => {
        const answer = await connection.exchange(refresh(tokens[i] as string)).catch(() => undefined)
        if (++answered === answersBefore) resolve()
        return answer
      })
      await enough
      const began = performance.now()
      const exit = await server.end('SIGTERM')
      const seconds = (performance.now() - began) / 1000
      const answers = await Promise.all(exchanges)

      expect(exit).toEqual({ code: 0, signal: null })
      expect(seconds).toBeLessThan(10)
      expect(await readiness(server.endpoint)).toBeUndefined()
      expect(answers.filter((answer) => answer !== undefined && answer.status !== 200)).toEqual([])

      await server.serve()
      const connection = await Connection.open(server.endpoint)
      const dead: number[] = []
      for (const [i, answer] of answers.entries()) {
        // There is no retry key. If an unanswered refresh had been committed, this one would be a reuse.
        const current = answer === undefined ? (tokens[i] as string) : refreshTokenOf(answer.body)
        const next = await connection.exchange(refresh(current))
        if (next.status === 200) tokens[i] = refreshTokenOf(next.body)
        else dead.push(i)
      }
      connection.close()
      await server.stop()
      expect(dead).toEqual([])
    },
    120_000,
  )

  it('cuts a client that never finishes its request when the time to stop is over', async () => {
    await server.serve({ flags: ['--shutdown-seconds', '1'] })
    const connection = await unfinishedRequest()
    const began = performance.now()
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(9000)
    connection.close()
  }, 120_000)

  it('forces the end at the second signal', async () => {
    await server.serve({ flags: ['--shutdown-seconds', '600'] })
    const connection = await unfinishedRequest()
    server.program.signal('SIGTERM')
    while ((await readiness(server.endpoint)) !== undefined);
    expect(server.program.running).toBe(true)
    expect(await server.end('SIGTERM')).toEqual({ code: 1, signal: null })
    connection.close()
    await server.serve()
    expect(server.program.running).toBe(true)
    await server.stop()
  }, 120_000)
})

/** Resolves when the server has read the head of a request whose body never arrives. */
async function unfinishedRequest(): Promise<Connection> {
  const connection = await Connection.open(server.endpoint)
  const whole = refresh(tokens[0] as string)
  // The answer to the first request shows that the server reads this connection. The head of the second one follows at once.
  const login = jsonRequest(server.endpoint, '/v1/sessions/refresh', { refresh_token: 'none' })
  const answer = connection.exchange(login)
  connection.send(whole.slice(0, -5))
  await answer
  return connection
}
