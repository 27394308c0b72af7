import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection, jsonRequest, type ServerRun } from '@countersign/server/testing/process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Calls } from '../campaign/calls.ts'
import { createOwner, goodPassword, prepareServer } from '../campaign/server.ts'
import { integrityErrors } from '../campaign/sqlite-database.ts'

const user = { username: 'ada', password: goodPassword }

let server: ServerRun
beforeEach(async () => {
  server = await prepareServer({})
})
afterEach(() => server[Symbol.asyncDispose]())

const login = () => jsonRequest(server.endpoint, '/v1/sessions', user)
const accessOf = (body: string): string => JSON.parse(body).access_token

const expectSound = (): void => {
  const db = new DatabaseSync(server.database, { readOnly: true })
  expect(integrityErrors(db)).toEqual([])
  db.close()
}

const sessions = (): number => {
  const db = new DatabaseSync(server.database, { readOnly: true })
  const row = db.prepare("select count(*) as count from authorizations where kind = 'session'").get()
  db.close()
  return Number(row?.count)
}

/** The number of these access tokens that the restarted server accepts. */
async function accepted(tokens: readonly string[]): Promise<number> {
  await server.serve()
  using calls = await Calls.open(server.endpoint)
  let count = 0
  for (const token of tokens) if (await calls.isAccepted(token)) count++
  await server.stop()
  return count
}

describe('SIGTERM', () => {
  it('N-255 with logins waiting for their hash answers each of them, or lets it go before anything is committed', async () => {
    await createOwner(server)
    await server.user(user)
    await server.serve({ flags: ['--hash-concurrency', '1', '--hash-queue', '50'] })
    const connections = await Promise.all(Array.from({ length: 30 }, () => Connection.open(server.endpoint)))
    const first = Promise.withResolvers<void>()
    const exchanges = connections.map(async (connection) => {
      const answer = await connection.exchange(login()).catch(() => undefined)
      first.resolve()
      return answer
    })
    await first.promise
    const began = performance.now()
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(10_000)
    const answers = await Promise.all(exchanges)
    const loggedIn = answers.filter((answer) => answer?.status === 201)
    expect(loggedIn.length).toBeGreaterThan(0)
    for (const answer of answers) expect([undefined, 201, 503]).toContain(answer?.status)
    // There are exactly the acknowledged sessions.
    expect(sessions()).toBe(loggedIn.length)
    expect(await accepted(loggedIn.map((answer) => accessOf(answer?.body ?? '')))).toBe(loggedIn.length)
  }, 120_000)

  it('N-255 while a first start makes keys, tables and the owner leaves a folder that the next one starts on', async () => {
    const exits: unknown[] = []
    for (const milliseconds of [0, 150, 300, 450, 600, 750]) {
      server.launch()
      await pause(milliseconds)
      exits.push(await server.end('SIGTERM'))
    }
    // Before it handles signals the system ends it. Later it starts, and then stops.
    for (const exit of exits)
      expect([
        { code: 0, signal: null },
        { code: null, signal: 'SIGTERM' },
      ]).toContainEqual(exit)
    await server.serve()
    expectSound()
  }, 120_000)

  it('N-255 while the log is folded into the database at the end loses nothing, and a second one neither', async () => {
    await createOwner(server)
    await server.user(user)
    const tokens: string[] = []
    for (const milliseconds of [undefined, 0, 2, 5, 10]) {
      await server.serve()
      const connection = await Connection.open(server.endpoint)
      for (let i = 0; i < 3; i++) tokens.push(accessOf((await connection.exchange(login())).body))
      connection.close()
      server.program.signal('SIGTERM')
      if (milliseconds !== undefined) {
        await pause(milliseconds)
        server.program.signal('SIGTERM')
      }
      // The second signal forces the end. In the last moment signals are not handled any more, and the system ends the process.
      expect([
        { code: 0, signal: null },
        { code: 1, signal: null },
        { code: null, signal: 'SIGTERM' },
      ]).toContainEqual(await server.program.exit)
    }
    expect(await accepted(tokens)).toBe(tokens.length)
    expectSound()
  }, 120_000)
})
