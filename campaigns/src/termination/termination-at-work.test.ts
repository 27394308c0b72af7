import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Connection } from '../../../apps/server/src/testing/process/connection.ts'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import { getRequest, jsonRequest } from '../../../apps/server/src/testing/process/request.ts'
import {
  createOwner,
  createUser,
  databaseOf,
  launch,
  type Place,
  serve,
} from '../../../apps/server/src/testing/process/server-run.ts'
import { complaintsOf } from '../campaign/soundness.ts'

const person = { username: 'ada', password: 'a password that is long enough' }

let folder: string
let place: Place
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-termination-'))
  place = { data: join(folder, 'data'), endpoint: { host: '127.0.0.1', port: await freePort() } }
})
afterEach(() => rm(folder, { recursive: true }))

const login = () => jsonRequest(place.endpoint, '/v1/sessions', person)
const accessOf = (body: string): string => JSON.parse(body).access_token

const expectSound = (): void => {
  const db = new DatabaseSync(databaseOf(place), { readOnly: true })
  expect(complaintsOf(db)).toEqual([])
  db.close()
}

const sessions = (): number => {
  const db = new DatabaseSync(databaseOf(place), { readOnly: true })
  const row = db.prepare("select count(*) as count from authorizations where kind = 'session'").get()
  db.close()
  return Number(row?.count)
}

/** Which of these access tokens a server that was started again accepts. */
async function accepted(tokens: readonly string[]): Promise<number> {
  await using _server = await serve(place)
  const connection = await Connection.open(place.endpoint)
  let count = 0
  for (const token of tokens) {
    const me = getRequest(place.endpoint, '/v1/me', { authorization: `Bearer ${token}` })
    if ((await connection.exchange(me)).status === 200) count++
  }
  connection.close()
  return count
}

describe('SIGTERM', () => {
  it('N-255 with logins waiting for their hash answers each of them, or lets it go before anything is committed', async () => {
    await createOwner(place)
    await createUser(place, person)
    const server = await serve(place, { flags: ['--hash-concurrency', '1', '--hash-queue', '50'] })
    const connections = await Promise.all(Array.from({ length: 30 }, () => Connection.open(place.endpoint)))
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
    // No more and no fewer than were acknowledged.
    expect(sessions()).toBe(loggedIn.length)
    expect(await accepted(loggedIn.map((answer) => accessOf(answer?.body ?? '')))).toBe(loggedIn.length)
  }, 120_000)

  it('N-255 while a first start makes keys, tables and the owner leaves a folder that the next one starts on', async () => {
    // Its log is kept there.
    await mkdir(place.data, { mode: 0o700 })
    const exits: unknown[] = []
    for (const milliseconds of [0, 150, 300, 450, 600, 750]) {
      const server = launch(place)
      await pause(milliseconds)
      exits.push(await server.end('SIGTERM'))
    }
    // Before it listens for signals the system ends it; afterwards it starts, and stops then.
    for (const exit of exits)
      expect([
        { code: 0, signal: null },
        { code: null, signal: 'SIGTERM' },
      ]).toContainEqual(exit)
    await using _server = await serve(place)
    expectSound()
  }, 120_000)

  it('N-255 while the log is folded into the database at the end loses nothing, and a second one neither', async () => {
    await createOwner(place)
    await createUser(place, person)
    const tokens: string[] = []
    for (const milliseconds of [undefined, 0, 2, 5, 10]) {
      const server = await serve(place)
      const connection = await Connection.open(place.endpoint)
      for (let i = 0; i < 3; i++) tokens.push(accessOf((await connection.exchange(login())).body))
      connection.close()
      server.signal('SIGTERM')
      if (milliseconds !== undefined) {
        await pause(milliseconds)
        server.signal('SIGTERM')
      }
      // The second one forces the end; in its very last moment nobody listens any more, and the system ends it.
      expect([
        { code: 0, signal: null },
        { code: 1, signal: null },
        { code: null, signal: 'SIGTERM' },
      ]).toContainEqual(await server.exit)
    }
    expect(await accepted(tokens)).toBe(tokens.length)
    expectSound()
  }, 120_000)
})
