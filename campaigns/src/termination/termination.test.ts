import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Connection } from '../../../apps/server/src/testing/process/connection.ts'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import { readiness } from '../../../apps/server/src/testing/process/readiness.ts'
import { jsonRequest } from '../../../apps/server/src/testing/process/request.ts'
import { createOwner, createUser, type Place, serve } from '../../../apps/server/src/testing/process/server-run.ts'
import { collect } from '../../../bench/src/floor/floor.ts'

const inFlight = 200
const loginLanes = 4
const person = { username: 'ada', password: 'a password that is long enough' }

let folder: string
let place: Place
let tokens: string[]

const refresh = (token: string): string => jsonRequest(place.endpoint, '/v1/sessions/refresh', { refresh_token: token })

const refreshTokenOf = (body: string): string => JSON.parse(body).refresh_token

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-termination-'))
  place = { data: join(folder, 'data'), endpoint: { host: '127.0.0.1', port: await freePort() } }
  await createOwner(place)
  await createUser(place, person)
  await using _server = await serve(place)
  const login = jsonRequest(place.endpoint, '/v1/sessions', person)
  const lanes = Array.from({ length: loginLanes }, () =>
    collect(place.endpoint, login, 'refresh_token', inFlight / loginLanes),
  )
  tokens = (await Promise.all(lanes)).flat()
}, 300_000)

afterAll(() => rm(folder, { recursive: true }))

describe('SIGTERM', () => {
  it.each([0, 1, 60])(
    'N-254 answers each of 200 refreshes or lets it go before the commit, when %i have their answers',
    async (answersBefore) => {
      const server = await serve(place)
      const connections = await Promise.all(tokens.map(() => Connection.open(place.endpoint)))
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
      expect(await readiness(place.endpoint)).toBeUndefined()
      expect(answers.filter((answer) => answer !== undefined && answer.status !== 200)).toEqual([])

      await using _restarted = await serve(place)
      const connection = await Connection.open(place.endpoint)
      const dead: number[] = []
      for (const [i, answer] of answers.entries()) {
        // Without a retry key: had an unanswered one been committed, its token would be superseded, and this a reuse.
        const current = answer === undefined ? (tokens[i] as string) : refreshTokenOf(answer.body)
        const next = await connection.exchange(refresh(current))
        if (next.status === 200) tokens[i] = refreshTokenOf(next.body)
        else dead.push(i)
      }
      connection.close()
      expect(dead).toEqual([])
    },
    120_000,
  )

  it('N-254 cuts a client that never finishes its request when the time to stop is over', async () => {
    const server = await serve(place, { flags: ['--shutdown-seconds', '1'] })
    const connection = await unfinishedRequest()
    const began = performance.now()
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(9000)
    connection.close()
  }, 120_000)

  it('N-254 forces the end at the second signal', async () => {
    const server = await serve(place, { flags: ['--shutdown-seconds', '600'] })
    const connection = await unfinishedRequest()
    server.signal('SIGTERM')
    while ((await readiness(place.endpoint)) !== undefined);
    expect(server.running).toBe(true)
    expect(await server.end('SIGTERM')).toEqual({ code: 1, signal: null })
    connection.close()
    await using restarted = await serve(place)
    expect(restarted.running).toBe(true)
  }, 120_000)
})

/** Resolves when the server has read the head of a request whose body never comes. */
async function unfinishedRequest(): Promise<Connection> {
  const connection = await Connection.open(place.endpoint)
  const whole = refresh(tokens[0] as string)
  // The answer to the first request tells that the server reads this connection; the second one's head follows at once.
  const login = jsonRequest(place.endpoint, '/v1/sessions/refresh', { refresh_token: 'none' })
  const answer = connection.exchange(login)
  connection.send(whole.slice(0, -5))
  await answer
  return connection
}
