import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError, totpFailureCap } from '@countersign/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { routes } from '../../src/generated/index.ts'
import { bearer, type EnrolledPerson, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import type { Account, LoginPath } from './login-path.ts'
import { guess, loginPaths, newAddress } from './login-paths.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, alone: true })
})
afterAll(() => server.close())
afterEach(() => {
  vi.restoreAllMocks()
})

const taking = (...kinds: readonly LoginPath['of'][]) => loginPaths.filter(({ of }) => kinds.includes(of))
const byCode = taking('code', 'password and code')

interface Holder extends EnrolledPerson {
  readonly account: Account
}

/** A user with an authenticator who uses this path. */
async function holder({ of }: Pick<LoginPath, 'of'>): Promise<Holder> {
  const person = await server.enrolled(of === 'password and code' ? ['password', 'totp'] : ['totp'])
  const { access } = await server.session(person.id)
  const { username: name, password } = person
  return { ...person, account: { name, kind: of, password, access, secret: '' } }
}

const show = async (path: LoginPath, { account }: Holder, code: string) =>
  (await guess(server, path, account, code, newAddress())).status
const accepted = (statuses: readonly number[]) => statuses.filter((status) => status < 300)

describe.each(byCode)('a code at $name', (path) => {
  const refused = path.refused ?? 401

  it('N-030 is good once, and not a second later either', async () => {
    const person = await holder(path)
    const code = person.authenticator.code()
    expect(await show(path, person, code)).toBeLessThan(300)
    server.time.advance(1)
    expect(await show(path, person, code)).toBe(refused)
  })

  it('N-033 is refused two steps before its time, and two after', async () => {
    const person = await holder(path)
    for (const steps of [-2, 2]) expect(await show(path, person, person.authenticator.code(steps))).toBe(refused)
    expect(await show(path, person, person.authenticator.code(-1))).toBeLessThan(300)
  })

  it('N-343 is refused a step before its time where it is all that is shown, and accepted beside a password', async () => {
    const person = await holder(path)
    const early = await show(path, person, person.authenticator.code(1))
    if (path.of === 'code') expect(early).toBe(refused)
    else expect(early).toBeLessThan(300)
  })

  it('N-034 lets one of 100 parallel submissions through', async () => {
    const person = await holder(path)
    const [code, address] = [person.authenticator.code(), newAddress()]
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => guess(server, path, person.account, code, address)),
    )
    expect(accepted(answers.map(({ status }) => status))).toHaveLength(1)
  })

  it('N-035 is six ASCII digits and nothing else', async () => {
    const person = await holder(path)
    const code = person.authenticator.code()
    const wide = [...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')
    const arabic = [...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0x630)).join('')
    const hex = `0x${Number(code).toString(16)}`
    const spelled = [` ${code}`, `${code} `, `${code.slice(0, 3)} ${code.slice(3)}`, `${code}\n`, wide, arabic]
    for (const text of [...spelled, `${code}0`, code.slice(1), hex, `${code}.0`]) {
      expect([400, refused, 429]).toContain(await show(path, person, text))
    }
    server.sql('DELETE FROM counters')
    expect(await show(path, person, code)).toBeLessThan(300)
  })

  it('N-031 N-036 is spent for every other path as well', async () => {
    for (const other of taking(path.of).filter((one) => one !== path)) {
      const person = await holder(path)
      const code = person.authenticator.code()
      expect(await show(path, person, code)).toBeLessThan(300)
      expect({ at: other.name, status: await show(other, person, code) }).toEqual({
        at: other.name,
        status: other.refused ?? 401,
      })
    }
  })
})

// After a confirmation there is nothing left to show a code for.
describe.each(byCode.filter(({ final }) => !final))('an earlier code at $name', (path) => {
  it('N-032 is dead once a later one was accepted', async () => {
    const person = await holder(path)
    const earlier = person.authenticator.code(-1)
    expect(await show(path, person, person.authenticator.code())).toBeLessThan(300)
    expect(await show(path, person, earlier)).toBe(path.refused ?? 401)
    server.time.advance(30)
    expect(await show(path, person, person.authenticator.code())).toBeLessThan(300)
  })
})

it('N-034 N-031 one code on all paths at once is accepted on one', async () => {
  const paths = taking('code')
  const person = await holder({ of: 'code' })
  const [code, address] = [person.authenticator.code(), newAddress()]
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      guess(server, paths[i % paths.length] as LoginPath, person.account, code, address),
    ),
  )
  expect(accepted(answers.map(({ status }) => status))).toHaveLength(1)
})

const failures = ({ id }: Holder) =>
  server.sql('SELECT max(failures) AS n FROM enrolments WHERE user_id = ?', id)[0]?.n as number

/** A wrong code from a caller that no throttle delays any more. */
async function showWrong(path: LoginPath, person: Holder): Promise<number> {
  server.time.advance(900)
  // Who is logged in stays so all day.
  const access = path.anyName ? '' : (await server.session(person.id)).access
  return show(path, { ...person, account: { ...person.account, access } }, person.authenticator.wrong())
}

// Hanging up is tried at operations that are asked as they are.
describe.each(byCode.filter(({ asOwner }) => !asOwner))('wrong codes at $name', (path) => {
  /** Sends a wrong code, and hangs up as soon as it was judged. */
  async function hangUp(person: Holder): Promise<void> {
    server.time.advance(900)
    const { method, path: target } = routes[path.operationId]
    const { access } = await server.session(person.id)
    const question = path.request({ ...person.account, access }, person.authenticator.wrong())
    const caller = new AbortController()
    const { enrolments } = server.running.authority.store
    const count = enrolments.countFailure.bind(enrolments)
    const counted = new Promise<void>((resolve, reject) => {
      vi.spyOn(enrolments, 'countFailure').mockImplementationOnce(async (userId) => {
        caller.abort()
        await sleep(20)
        return count(userId).then(resolve, reject)
      })
    })
    const answer = server.running.fetch(target, {
      method,
      headers: { ...question.headers, 'content-type': 'application/json', 'x-forwarded-for': newAddress() },
      body: JSON.stringify(question.body),
      signal: caller.signal,
    } as RequestInit)
    await expect(answer).rejects.toThrow('aborted')
    await counted
  }

  it('N-037 are counted, ten of ten, though each caller disconnected', async () => {
    const person = await holder(path)
    for (let i = 0; i < 10; i++) await hangUp(person)
    expect(failures(person)).toBe(10)
  })

  it('N-037 are counted, ten of ten, though each answer fails after that', async () => {
    const person = await holder(path)
    const { enrolments } = server.running.authority.store
    const count = enrolments.countFailure.bind(enrolments)
    vi.spyOn(enrolments, 'countFailure').mockImplementation(async (userId) => {
      await count(userId)
      throw new StoreError('unavailable', 'injected')
    })
    for (let i = 0; i < 10; i++) expect(await showWrong(path, person)).toBe(503)
    expect(failures(person)).toBe(10)
  })

  it('N-039 N-040 stop after 100: then every code is refused until an administrator unlocks the account', async () => {
    const person = await holder(path)
    for (let i = 0; i < totpFailureCap; i++) expect(await showWrong(path, person)).toBe(path.refused ?? 401)
    const right = async () => {
      server.time.advance(86_400)
      const { access } = await server.session(person.id)
      return show(path, { ...person, account: { ...person.account, access } }, person.authenticator.code())
    }
    expect(await right()).toBe(path.refused ?? 401)
    const { data } = server.running.authority.config
    expect(await run(['unlock', '-u', person.username, '--data', data])).toMatchObject({ status: 0 })
    expect(await right()).toBeLessThan(300)
  })
})

describe.each(taking('recovery code'))('a recovery code at $name', (path) => {
  it('is accepted once, from whichever of 100 callers is first, and is refused on every path after that', async () => {
    const person = await holder(path)
    const [code = ''] = await server.recoveryCodes(person.id)
    const address = newAddress()
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => guess(server, path, person.account, code, address)),
    )
    expect(accepted(answers.map(({ status }) => status))).toHaveLength(1)
    for (const other of taking('recovery code')) {
      server.sql('DELETE FROM counters')
      expect(await show(other, person, code)).toBe(401)
    }
  })
})

it('N-038 a refresh token of a login by code dies by being used twice, and all that came of it', async () => {
  const { username, authenticator } = await server.enrolled()
  const body = { username, code: authenticator.code() }
  const first = (await server.ask('POST', '/v1/sessions', { body })).body
  const refresh = (token: unknown) => server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })
  const second = (await refresh(first.refresh_token)).body
  expect((await refresh(first.refresh_token)).body.code).toBe('refresh_token_reused')
  expect((await refresh(second.refresh_token)).status).toBe(401)
  expect((await server.ask('GET', '/v1/me', { headers: bearer(String(second.access_token)) })).status).toBe(401)
})
