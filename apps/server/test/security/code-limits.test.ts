// How often a code alone is judged: limits that a success does not reset, and that unknown callers cannot exhaust for the user.
import { throttleLimits, totpFailureCap } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { routes } from '../../src/generated/index.ts'
import { type EnrolledPerson, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { refuseWrite } from '../refused-write.ts'
import { codePaths, newAddress } from './login-paths.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => server.close())

const paths: Readonly<Record<string, { readonly refused: number; readonly accepted: number }>> = Object.fromEntries(
  codePaths.map(({ operationId, refused = 401 }) => {
    const { path, statuses } = routes[operationId]
    return [path, { refused, accepted: statuses.find((status) => status < 300) ?? 0 }]
  }),
)
type Path = string

const show = async (path: Path, username: string, code: string, address: string): Promise<number> => {
  const headers = { 'x-forwarded-for': address }
  return (await server.ask('POST', path, { headers, body: { username, code } })).status
}
const right = (path: Path, { username, authenticator }: EnrolledPerson, address: string) => {
  server.time.advance(30)
  return show(path, username, authenticator.code(), address)
}

/** Unknown callers guess as soon as a guess is admitted, until none is for longer than any delay. How many were judged. */
async function guessUntilClosed(path: Path, username: string, wrong: () => string): Promise<number> {
  for (let judged = 0; ; judged++) {
    // Long enough for every delay.
    server.time.advance(throttleLimits.longestBlockSeconds)
    const status = await show(path, username, wrong(), newAddress())
    if (status === 429) return judged
    expect(status).toBe(paths[path]?.refused)
  }
}

describe.each(Object.entries(paths))('wrong codes of unknown callers at %s', (path, { accepted, refused }) => {
  const most = throttleLimits.codes + Math.ceil((300 * 900) / throttleLimits.codeForgottenSeconds)

  it('N-344 are refused from the limit on, for unknown users as for known ones', async () => {
    const person = await server.enrolled()
    const judged = await guessUntilClosed(path, person.username, () => person.authenticator.wrong())
    expect(judged).toBeGreaterThanOrEqual(throttleLimits.codes)
    expect(judged).toBeLessThanOrEqual(most)
    expect(await guessUntilClosed(path, `nobody-of-${path.length}`, () => '000000')).toBe(judged)
  })

  it('N-344 are not forgotten after a success of the user', async () => {
    const person = await server.enrolled()
    const home = newAddress()
    expect(await right(path, person, home)).toBe(accepted)
    let judged = 0
    for (let closed = false; !closed; ) {
      server.time.advance(throttleLimits.longestBlockSeconds)
      const status = await show(path, person.username, person.authenticator.wrong(), newAddress())
      closed = status === 429
      if (!closed) judged++
      // The owner is at a new address now and then, and never stays away for long.
      if (judged % 20 === 0 && !closed) await right(path, person, newAddress())
      if (judged % 50 === 0) expect(await right(path, person, home)).toBe(accepted)
    }
    expect(judged).toBeLessThanOrEqual(most)
    expect(await right(path, person, newAddress())).toBe(429)
    expect(await right(path, person, home)).toBe(accepted)
  })

  it('N-346 block no code at an address where the account is known, before their cap and after it', async () => {
    const person = await server.enrolled()
    const home = newAddress()
    expect(await right(path, person, home)).toBe(accepted)
    for (let i = 0; i < totpFailureCap; i++) {
      server.time.advance(throttleLimits.longestBlockSeconds)
      await show(path, person.username, person.authenticator.wrong(), newAddress())
    }
    server.time.advance(throttleLimits.longestBlockSeconds)
    expect(await right(path, person, newAddress())).toBe(refused)
    expect(await right(path, person, home)).toBe(accepted)
  })

  it('N-351 block no code at an address that an administrator makes known, even after their cap', async () => {
    const person = await server.enrolled()
    await guessUntilClosed(path, person.username, () => person.authenticator.wrong())
    const home = newAddress()
    expect(await right(path, person, home)).toBe(429)
    const { data } = server.running.authority.config
    expect(await run(['unlock', '-u', person.username, '--for', home, '--data', data])).toMatchObject({ status: 0 })
    expect(await right(path, person, home)).toBe(accepted)
    expect(await right(path, person, newAddress())).toBe(429)
  })
})

describe('wrong codes beside the right password', () => {
  const enter = async ({ username, password }: EnrolledPerson, code: string, address: string) => {
    const body = { username, password, code }
    return (await server.ask('POST', '/v1/sessions', { headers: { 'x-forwarded-for': address }, body })).status
  }
  const rightOf = (person: EnrolledPerson, address: string) => {
    server.time.advance(30)
    return enter(person, person.authenticator.code(), address)
  }
  /** An attacker who knows the password tries codes, while the user logs in at a known address. */
  const patience = async (person: EnrolledPerson, home: string) => {
    for (let judged = 1; judged <= throttleLimits.codes + 20; judged++) {
      server.time.advance(throttleLimits.longestBlockSeconds)
      expect(await enter(person, person.authenticator.wrong(), newAddress())).toBe(401)
      if (judged % 50 === 0) expect(await rightOf(person, home)).toBe(201)
    }
    server.time.advance(throttleLimits.longestBlockSeconds)
  }
  const twoFactors = async () => {
    const [person, home] = [await server.enrolled(['password', 'totp']), newAddress()]
    expect(await rightOf(person, home)).toBe(201)
    return { person, home }
  }

  it('N-344 N-346 are not forgotten after a success of the user, who can still log in at a known address', async () => {
    const { person, home } = await twoFactors()
    await patience(person, home)
    expect(await rightOf(person, newAddress())).toBe(401)
    expect(await rightOf(person, home)).toBe(201)
    server.time.advance(21 * throttleLimits.codeForgottenSeconds)
    expect(await rightOf(person, newAddress())).toBe(201)
  })

  it('N-351 are forgotten when an administrator unlocks the account, and block no code at an address that is made known', async () => {
    const { person, home } = await twoFactors()
    await patience(person, home)
    const unlock = (...terms: string[]) =>
      run(['unlock', '-u', person.username, ...terms, '--data', server.running.authority.config.data])
    const elsewhere = newAddress()
    expect(await unlock('--for', elsewhere)).toMatchObject({ status: 0 })
    expect(await rightOf(person, elsewhere)).toBe(201)
    expect(await rightOf(person, newAddress())).toBe(401)
    expect(await unlock()).toMatchObject({ status: 0 })
    expect(await rightOf(person, newAddress())).toBe(201)
  })
})

it('N-352 an unlocking that cannot be recorded unlocks nothing', async () => {
  const person = await server.enrolled()
  for (let i = 0; i < throttleLimits.account; i++) {
    await show('/v1/sessions', person.username, person.authenticator.wrong(), newAddress())
  }
  const state = () => [
    server.sql('SELECT * FROM counters ORDER BY key'),
    server.sql('SELECT failures FROM enrolments WHERE user_id = ?', person.id),
  ]
  const before = state()
  const unlock = (...terms: string[]) =>
    run(['unlock', '-u', person.username, ...terms, '--data', server.running.authority.config.data])
  for (const terms of [[], ['--for', newAddress()], ['--minutes', '5']]) {
    using _fault = refuseWrite(server, { on: 'insert', table: 'audit' })
    expect((await unlock(...terms)).status).toBe(1)
    expect(state()).toEqual(before)
  }
  expect((await unlock()).status).toBe(0)
  expect(state()).not.toEqual(before)
})
