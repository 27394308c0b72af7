// How often a code alone is judged: limits that a success does not reset, and that strangers cannot reach for the owner.
import { throttleLimits, totpFailureCap } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { routes } from '../../src/generated/index.ts'
import { type EnrolledPerson, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { codePaths, newAddress } from './login-paths.ts'

let house: RecordedServer
beforeAll(async () => {
  house = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => house.close())

const paths: Readonly<Record<string, { readonly refused: number; readonly accepted: number }>> = Object.fromEntries(
  codePaths.map(({ operationId, refused = 401 }) => {
    const { path, statuses } = routes[operationId]
    return [path, { refused, accepted: statuses.find((status) => status < 300) ?? 0 }]
  }),
)
type Path = string

const show = async (path: Path, username: string, code: string, address: string): Promise<number> => {
  const headers = { 'x-forwarded-for': address }
  return (await house.ask('POST', path, { headers, body: { username, code } })).status
}
const right = (path: Path, { username, authenticator }: EnrolledPerson, address: string) => {
  house.time.advance(30)
  return show(path, username, authenticator.code(), address)
}

/** Strangers guess as soon as a guess is admitted, until none is for longer than any delay. How many were judged. */
async function guessUntilClosed(path: Path, username: string, wrong: () => string): Promise<number> {
  for (let judged = 0; ; judged++) {
    // Long enough for every delay.
    house.time.advance(throttleLimits.longestBlockSeconds)
    const status = await show(path, username, wrong(), newAddress())
    if (status === 429) return judged
    expect(status).toBe(paths[path]?.refused)
  }
}

describe.each(Object.entries(paths))('wrong codes of unknown callers at %s', (path, { accepted, refused }) => {
  const most = throttleLimits.codes + Math.ceil((300 * 900) / throttleLimits.codeForgottenSeconds)

  it('N-344 end at the limit, of nobody’s codes as of somebody’s', async () => {
    const person = await house.enrolled()
    const judged = await guessUntilClosed(path, person.username, () => person.authenticator.wrong())
    expect(judged).toBeGreaterThanOrEqual(throttleLimits.codes)
    expect(judged).toBeLessThanOrEqual(most)
    expect(await guessUntilClosed(path, `nobody-of-${path.length}`, () => '000000')).toBe(judged)
  })

  it('N-344 are not forgotten for a success of their owner', async () => {
    const person = await house.enrolled()
    const home = newAddress()
    expect(await right(path, person, home)).toBe(accepted)
    let judged = 0
    for (let closed = false; !closed; ) {
      house.time.advance(throttleLimits.longestBlockSeconds)
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

  it('N-346 close no code at an address that the account is known at, before their cap and after it', async () => {
    const person = await house.enrolled()
    const home = newAddress()
    expect(await right(path, person, home)).toBe(accepted)
    for (let i = 0; i < totpFailureCap; i++) {
      house.time.advance(throttleLimits.longestBlockSeconds)
      await show(path, person.username, person.authenticator.wrong(), newAddress())
    }
    house.time.advance(throttleLimits.longestBlockSeconds)
    expect(await right(path, person, newAddress())).toBe(refused)
    expect(await right(path, person, home)).toBe(accepted)
  })

  it('N-351 are no hindrance at an address that an administrator makes known, capped as they are', async () => {
    const person = await house.enrolled()
    await guessUntilClosed(path, person.username, () => person.authenticator.wrong())
    const home = newAddress()
    expect(await right(path, person, home)).toBe(429)
    const { data } = house.server.authority.config
    expect(await run(['unlock', '-u', person.username, '--for', home, '--data', data])).toMatchObject({ status: 0 })
    expect(await right(path, person, home)).toBe(accepted)
    expect(await right(path, person, newAddress())).toBe(429)
  })
})

describe('wrong codes beside the right password', () => {
  const enter = async ({ username, password }: EnrolledPerson, code: string, address: string) => {
    const body = { username, password, code }
    return (await house.ask('POST', '/v1/sessions', { headers: { 'x-forwarded-for': address }, body })).status
  }
  const rightOf = (person: EnrolledPerson, address: string) => {
    house.time.advance(30)
    return enter(person, person.authenticator.code(), address)
  }
  /** Whoever knows the password tries codes, while the owner logs in at home. */
  const patience = async (person: EnrolledPerson, home: string) => {
    for (let judged = 1; judged <= throttleLimits.codes + 20; judged++) {
      house.time.advance(throttleLimits.longestBlockSeconds)
      expect(await enter(person, person.authenticator.wrong(), newAddress())).toBe(401)
      if (judged % 50 === 0) expect(await rightOf(person, home)).toBe(201)
    }
    house.time.advance(throttleLimits.longestBlockSeconds)
  }
  const twoFactors = async () => {
    const [person, home] = [await house.enrolled(['password', 'totp']), newAddress()]
    expect(await rightOf(person, home)).toBe(201)
    return { person, home }
  }

  it('N-344 N-346 are not forgotten for a success of their owner, who gets in at home all the same', async () => {
    const { person, home } = await twoFactors()
    await patience(person, home)
    expect(await rightOf(person, newAddress())).toBe(401)
    expect(await rightOf(person, home)).toBe(201)
    house.time.advance(21 * throttleLimits.codeForgottenSeconds)
    expect(await rightOf(person, newAddress())).toBe(201)
  })

  it('N-351 are forgotten when an administrator says so, and are no hindrance at an address that is made known', async () => {
    const { person, home } = await twoFactors()
    await patience(person, home)
    const unlock = (...terms: string[]) =>
      run(['unlock', '-u', person.username, ...terms, '--data', house.server.authority.config.data])
    const hotel = newAddress()
    expect(await unlock('--for', hotel)).toMatchObject({ status: 0 })
    expect(await rightOf(person, hotel)).toBe(201)
    expect(await rightOf(person, newAddress())).toBe(401)
    expect(await unlock()).toMatchObject({ status: 0 })
    expect(await rightOf(person, newAddress())).toBe(201)
  })
})

it('N-352 an unlocking that cannot be recorded unlocks nothing', async () => {
  const person = await house.enrolled()
  for (let i = 0; i < throttleLimits.account; i++) {
    await show('/v1/sessions', person.username, person.authenticator.wrong(), newAddress())
  }
  const state = () => [
    house.sql('SELECT * FROM counters ORDER BY key'),
    house.sql('SELECT failures FROM enrolments WHERE user_id = ?', person.id),
  ]
  const before = state()
  const unlock = (...terms: string[]) =>
    run(['unlock', '-u', person.username, ...terms, '--data', house.server.authority.config.data])
  house.sql("CREATE TRIGGER injected BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'injected'); END")
  try {
    for (const terms of [[], ['--for', newAddress()], ['--minutes', '5']]) {
      expect((await unlock(...terms)).status).toBe(1)
      expect(state()).toEqual(before)
    }
  } finally {
    house.sql('DROP TRIGGER injected')
  }
  expect((await unlock()).status).toBe(0)
  expect(state()).not.toEqual(before)
})
