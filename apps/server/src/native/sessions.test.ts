import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'
import { codePaths, dialectPasswordPaths, guess, named, newAddress } from '../../test/security/login-paths.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

let address = 0
const elsewhere = () => ({ 'x-forwarded-for': `203.0.113.${++address}` })
const logIn = (body: object, headers: Record<string, string> = elsewhere()) =>
  server.ask('POST', '/v1/sessions', { body, headers })

describe('a login by code', () => {
  it('takes a code once, on whatever path', async () => {
    for (const path of codePaths) {
      const { username, authenticator } = await server.enrolled()
      const code = authenticator.code()
      expect((await guess(server, path, named(username), code, newAddress())).status).toBeLessThan(300)
      expect((await logIn({ username, code })).status).toBe(401)
    }
  })

  it('takes neither an earlier code than the last, nor one of two steps away', async () => {
    const { username, authenticator } = await server.enrolled()
    for (const steps of [-2, 2]) expect((await logIn({ username, code: authenticator.code(steps) })).status).toBe(401)
    expect((await logIn({ username, code: authenticator.code() })).status).toBe(201)
    expect((await logIn({ username, code: authenticator.code(-1) })).status).toBe(401)
  })

  it.each([
    ' 123456',
    '123456 ',
    '123 456',
    '123456\n',
    '１２３４５６',
    '1234567',
    '12345',
    '0x1E240',
    '123456.0',
    123456,
    ['123456'],
  ])('refuses what is no code by its shape: %j', async (code) => {
    expect((await logIn({ username: 'somebody', code })).status).toBe(400)
  })

  it('accepts one of 100 parallel logins with one code', async () => {
    const { username, authenticator } = await server.enrolled()
    const headers = elsewhere()
    const body = { username, code: authenticator.code() }
    const answers = await Promise.all(Array.from({ length: 100 }, () => logIn(body, headers)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  })

  it('verifies no more than the limit of 300 parallel wrong codes', async () => {
    const { id, username, authenticator } = await server.enrolled()
    const headers = elsewhere()
    const body = { username, code: authenticator.wrong() }
    const answers = await Promise.all(Array.from({ length: 300 }, () => logIn(body, headers)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(server.sql('SELECT failures FROM enrolments WHERE user_id = ?', id)).toEqual([{ failures: 5 }])
  })

  it('N-042 forgets the user’s wrong codes after a right one, and no other user’s', async () => {
    const [one, other] = [await server.enrolled(), await server.enrolled()]
    for (const { username, authenticator } of [one, other]) await logIn({ username, code: authenticator.wrong() })
    await logIn({ username: one.username, code: one.authenticator.code() })
    const failures = (id: string) => server.sql('SELECT failures FROM enrolments WHERE user_id = ?', id)[0]?.failures
    expect([failures(one.id), failures(other.id)]).toEqual([0, 1])
  })

  it('N-048 keeps secrets sealed, each bound to its user', async () => {
    const [one, other] = [await server.enrolled(), await server.enrolled()]
    const rows = server.sql('SELECT user_id, hex(sealed) AS sealed FROM enrolments')
    const sealed = (id: string) => String(rows.find(({ user_id }) => user_id === id)?.sealed)
    const swap = (id: string, text: string) =>
      server.sql('UPDATE enrolments SET sealed = unhex(?) WHERE user_id = ?', text, id)
    // The schema lets no secret be changed in place, but a process that can write the file can change the schema.
    server.sql('DROP TRIGGER enrolments_secret_is_fixed')
    swap(one.id, sealed(other.id))
    swap(other.id, sealed(one.id))
    for (const [{ username }, { authenticator }] of [
      [one, other],
      [other, one],
    ] as const) {
      const refused = await logIn({ username, code: authenticator.code() })
      expect([refused.status, refused.body.code]).toEqual([401, 'credentials_invalid'])
    }
    expect(server.running.log()).toContain('cannot open the sealed totp secret')
  })
})

describe('a login by password and code', () => {
  it('is refused with either alone, and counts neither as a success', async () => {
    const { username, password, authenticator } = await server.enrolled(['password', 'totp'])
    const code = authenticator.code()
    const login = (body: object) => logIn({ username, ...body })
    const halves = [{ password }, { code }, { password: 'wrong', code }, { password, code: authenticator.wrong() }]
    const answers = []
    for (const half of halves) answers.push(await login(half))
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    for (const path of dialectPasswordPaths) {
      expect((await guess(server, path, named(username), String(password), newAddress())).status).toBeGreaterThan(399)
    }
    server.time.advance(900)
    const { status, body } = await login({ password, code: authenticator.code() })
    expect(status).toBe(201)
    const current = { headers: { authorization: `Bearer ${body.access_token}` } }
    expect((await server.ask('GET', '/v1/sessions/current', current)).body.factors).toEqual(['password', 'totp'])
  })

  it('requires a factor besides the username', async () => {
    const { status, body } = await logIn({ username: 'somebody' })
    expect([status, body.code]).toEqual([400, 'request_invalid'])
  })
})
