import { digest } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Authenticator } from '../../test/authenticator.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'
import { goodPassword } from '../testing/test-server.ts'

let server: RecordedServer
let made = 0
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

const newUser = async () => {
  const username = `person-${++made}`
  return { username, id: (await server.user(username)).id }
}
const as = async (id: string) => bearer((await server.session(id)).access)
const ask = async (id: string, method: string, path: string, body?: object) =>
  server.ask(method, path, { headers: await as(id), body })
const logIn = (body: object) => server.ask('POST', '/v1/sessions', { body })
const me = async (id: string) => (await ask(id, 'GET', '/v1/me')).body

/** Sets an authenticator up as a user does. */
async function setUp(id: string): Promise<Authenticator> {
  const { body } = await ask(id, 'POST', '/v1/me/totp', { password: goodPassword })
  return new Authenticator(String(body.secret), server.time)
}

describe('setting up an authenticator', () => {
  it('N-045 counts from its first code on, and that code is spent with it', async () => {
    const { id, username } = await newUser()
    expect(await me(id)).toMatchObject({ totp: 'none', required_factors: ['password'] })
    const authenticator = await setUp(id)
    expect(await me(id)).toMatchObject({ totp: 'unconfirmed' })
    expect((await logIn({ username, password: goodPassword })).status).toBe(201)
    const code = authenticator.code()
    expect((await ask(id, 'POST', '/v1/me/totp/confirmation', { code })).status).toBe(204)
    expect(await me(id)).toMatchObject({ totp: 'confirmed' })
    const required_factors = ['password', 'totp']
    const choose = (more: object) =>
      ask(id, 'PUT', '/v1/me/required-factors', { required_factors, password: goodPassword, ...more })
    expect((await choose({ code })).status).toBe(401)
    expect((await choose({ code: authenticator.next() })).status).toBe(204)
    expect((await logIn({ username, password: goodPassword, code: authenticator.code() })).status).toBe(401)
    const { status, body } = await logIn({ username, password: goodPassword, code: authenticator.next() })
    expect([status, body.role]).toEqual([201, 'viewer'])
  })

  it('N-044 shows no secret twice, and a new one replaces a confirmed one with its first code', async () => {
    const { id } = await newUser()
    const proof = { password: goodPassword }
    const secret = async () => (await ask(id, 'POST', '/v1/me/totp', proof)).body.secret
    expect(await secret()).not.toBe(await secret())
    const authenticator = await setUp(id)
    const { access } = await server.session(id)
    await ask(id, 'POST', '/v1/me/totp/confirmation', { code: authenticator.code() })
    const next = await setUp(id)
    const confirm = (code: string) => ask(id, 'POST', '/v1/me/totp/confirmation', { code })
    expect((await confirm(authenticator.next())).status).toBe(401)
    expect((await confirm(next.code())).status).toBe(204)
    expect((await server.ask('GET', '/v1/me', { headers: bearer(access) })).status).toBe(401)
  })

  it('requires a fresh proof: a session alone, or a wrong proof, is not enough', async () => {
    const { id } = await newUser()
    const empty = await ask(id, 'POST', '/v1/me/totp', {})
    expect([empty.status, empty.body.errors]).toEqual([
      400,
      [{ pointer: '/body', detail: 'must have 1 member(s) at least: it knows password, code, recovery_code' }],
    ])
    expect((await ask(id, 'POST', '/v1/me/totp', { password: 'wrong' })).status).toBe(401)
    expect((await ask(id, 'POST', '/v1/me/totp', { password: goodPassword, code: '000000' })).status).toBe(401)
    const personal = await server.personalToken(id)
    const answer = await server.ask('POST', '/v1/me/totp', {
      headers: bearer(personal),
      body: { password: goodPassword },
    })
    expect(answer.status).toBe(403)
  })

  it('requires every factor of a login, also in a session that began when fewer were required', async () => {
    const { id, username } = await newUser()
    const old = await logIn({ username, password: goodPassword })
    const authenticator = await setUp(id)
    const { body } = await logIn({ username, password: goodPassword })
    const mine = { headers: bearer(String(body.access_token)) }
    const code = authenticator.code()
    expect((await server.ask('POST', '/v1/me/totp/confirmation', { ...mine, body: { code } })).status).toBe(204)
    const choice = { required_factors: ['password', 'totp'], password: goodPassword, code: authenticator.next() }
    expect((await server.ask('PUT', '/v1/me/required-factors', { ...mine, body: choice })).status).toBe(204)
    for (const path of ['/v1/me/totp', '/v1/me/recovery-codes']) {
      for (const less of [{ password: goodPassword }, { code: authenticator.next() }]) {
        expect((await server.ask('POST', path, { ...mine, body: less })).status, path).toBe(401)
      }
      const all = { password: goodPassword, code: authenticator.next() }
      expect((await server.ask('POST', path, { ...mine, body: all })).status, path).toBeLessThan(300)
    }
    // And the session that was opened with less is over.
    const { status } = await server.ask('GET', '/v1/me', { headers: bearer(String(old.body.access_token)) })
    expect(status).toBe(401)
  })

  it('has nothing to confirm where nothing was set up', async () => {
    const { id } = await newUser()
    expect((await ask(id, 'POST', '/v1/me/totp/confirmation', { code: '000000' })).status).toBe(401)
  })

  it('counts its wrong answers with those of the login', async () => {
    const { id, username } = await newUser()
    for (let i = 0; i < 3; i++) await ask(id, 'POST', '/v1/me/totp', { password: 'wrong' })
    for (let i = 0; i < 2; i++) await ask(id, 'POST', '/v1/me/totp/confirmation', { code: '000000' })
    expect((await logIn({ username, password: goodPassword })).status).toBe(429)
  })
})

describe('changing one’s password', () => {
  const next = 'a quiet lighthouse keeps its own hours'
  const change = (id: string, more: object) =>
    ask(id, 'PUT', '/v1/me/password', { current_password: goodPassword, new_password: next, ...more })

  it('N-388 requires both factors where a login requires both', async () => {
    const { id, username, authenticator } = await server.enrolled(['password', 'totp'])
    const spare = authenticator.code()
    expect((await change(id, {})).body.code).toBe('credentials_invalid')
    expect((await change(id, { current_password: 'wrong', code: spare })).status).toBe(401)
    expect((await change(id, { code: authenticator.wrong() })).status).toBe(401)
    expect((await logIn({ username, password: next, code: spare })).status).toBe(401)
    // A wrong password has spent no code.
    expect((await change(id, { code: authenticator.next() })).status).toBe(204)
    expect((await logIn({ username, password: next, code: authenticator.next() })).status).toBe(201)
  })

  it('N-388 takes a recovery code in place of the code, once', async () => {
    const { id } = await server.enrolled(['password', 'totp'])
    const [recovery_code] = await server.recoveryCodes(id)
    expect((await change(id, { recovery_code })).status).toBe(204)
    const again = { current_password: next, new_password: goodPassword, recovery_code }
    expect((await ask(id, 'PUT', '/v1/me/password', again)).status).toBe(401)
  })

  it('N-388 requires the password alone where a login does, and whatever is shown besides must be right', async () => {
    const { id } = await newUser()
    expect((await change(id, { code: '000000' })).status).toBe(401)
    expect((await change(id, {})).status).toBe(204)
  })
})

describe('choosing the required factors', () => {
  it('lets no user require a factor that they do not show now', async () => {
    const { id } = await newUser()
    const choose = (body: object) => ask(id, 'PUT', '/v1/me/required-factors', body)
    expect((await choose({ required_factors: ['password', 'totp'], password: goodPassword })).status).toBe(401)
    expect((await choose({ required_factors: ['totp'], code: '000000' })).status).toBe(401)
    expect((await choose({ required_factors: [], password: goodPassword })).status).toBe(400)
    expect((await me(id)).required_factors).toEqual(['password'])
  })

  it('removes no required factor without everything that is required now', async () => {
    const { id, password, authenticator } = await server.enrolled(['password', 'totp'])
    const choose = (body: object) => ask(id, 'PUT', '/v1/me/required-factors', body)
    expect((await choose({ required_factors: ['password'], password })).status).toBe(401)
    expect((await choose({ required_factors: ['password'], password, code: authenticator.code() })).status).toBe(204)
  })

  it('keeps a password that is short only beside a code', async () => {
    const { id, password, authenticator } = await server.enrolled(['password', 'totp'], 'eight ch')
    const body = { required_factors: ['password'], password, code: authenticator.code() }
    const { status, body: problem } = await ask(id, 'PUT', '/v1/me/required-factors', body)
    expect([status, problem.reason]).toEqual([422, 'too_short'])
  })
})

describe('recovery codes', () => {
  it('are ten, shown once, and each is good once in place of a code', async () => {
    const { id, username, password, authenticator } = await server.enrolled(['password', 'totp'])
    const proof = { password, code: authenticator.code() }
    const { status, body, headers } = await ask(id, 'POST', '/v1/me/recovery-codes', proof)
    const codes = body.recovery_codes as string[]
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){5}$/)
    expect([status, codes.length, headers.get('cache-control')]).toEqual([201, 10, 'no-store'])
    expect(await me(id)).toMatchObject({ recovery_codes_left: 10 })
    const [first = '', second = ''] = codes
    const using = (recovery_code: string) => logIn({ username, password, recovery_code })
    expect((await using(first)).status).toBe(201)
    expect((await using(first)).status).toBe(401)
    expect((await using(second.toLowerCase().replaceAll('-', ''))).status).toBe(201)
    expect((await logIn({ username, recovery_code: codes[2] })).status).toBe(401)
    expect(await me(id)).toMatchObject({ recovery_codes_left: 8 })
  })

  it('N-389 of 80 bits, as they were made before, are good until new ones replace them', async () => {
    const { id, username } = await server.enrolled()
    const { store, domain } = server.running.authority
    const event = { at: domain.clock.now(), action: 'factors_changed' } as const
    await store.recoveryCodes.replace(id, [digest('GEZDGNBVGY3TQOJQ'), digest('MFRGGZDFMZTWQ2LK')], event)
    expect((await logIn({ username, recovery_code: 'GEZD-GNBV-GY3T-QOJQ' })).status).toBe(201)
    await server.recoveryCodes(id)
    expect((await logIn({ username, recovery_code: 'MFRG-GZDF-MZTW-Q2LK' })).status).toBe(401)
  })

  it('void all older ones', async () => {
    const { id, username, authenticator } = await server.enrolled()
    const renew = async () => {
      const { body } = await ask(id, 'POST', '/v1/me/recovery-codes', { code: authenticator.next() })
      return String((body.recovery_codes as string[])[0])
    }
    const [old, current] = [await renew(), await renew()]
    expect((await logIn({ username, recovery_code: old })).status).toBe(401)
    expect((await logIn({ username, recovery_code: current })).status).toBe(201)
  })

  it('are not in the database', async () => {
    const { id, authenticator } = await server.enrolled()
    const { body } = await ask(id, 'POST', '/v1/me/recovery-codes', { code: authenticator.code() })
    const stored = JSON.stringify(server.sql('SELECT hex(digest) AS digest FROM recovery_codes'))
    for (const code of body.recovery_codes as string[]) {
      expect(stored).not.toContain(Buffer.from(code).toString('hex').toUpperCase())
    }
  })
})
