import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectRaw } from '../../src/http/testing/raw-client.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { bearer, type RecordedServer, startRecordedServer, type Tokens } from '../recorded-server.ts'
import { guess, loginPaths, newAccount, newAddress } from './login-paths.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
let ada: { readonly id: string }
let session: Tokens
beforeAll(async () => {
  server = await startRecordedServer({ alone: true })
  ada = await server.user('ada-with-a-long-name')
  session = await server.session(ada.id)
})
afterAll(() => server.close())

const change = async (current: string, next: string, token?: string, from = newAddress()) =>
  server.ask('PUT', '/v1/me/password', {
    headers: { ...bearer(token ?? (await server.session(ada.id)).access), 'x-forwarded-for': from },
    body: { current_password: current, new_password: next },
  })

describe.each(loginPaths.filter(({ of }) => of === 'password'))('N-024 a password at $name', (path) => {
  it('is refused if it has more than 1024 bytes, before anything is hashed', async () => {
    const [account, address] = [await newAccount(server, path), newAddress()]
    const hashes = vi.spyOn(server.running.authority.domain.hasher, 'verify')
    onTestFinished(() => hashes.mockRestore())
    const long = ['x'.repeat(1025), 'ä'.repeat(1000)]
    for (const password of long) {
      expect([400, 401]).toContain((await guess(server, path, account, password, address)).status)
    }
    expect(hashes).not.toHaveBeenCalled()
    expect((await guess(server, path, account, account.secret, address)).status).toBeLessThan(300)
  })
})

it('N-024 a new password of more than 1024 bytes is refused before anything is hashed', async () => {
  const hashes = vi.spyOn(server.running.authority.domain.hasher, 'hash')
  onTestFinished(() => hashes.mockRestore())
  expect((await change(goodPassword, 'x'.repeat(1025))).status).toBe(400)
  expect((await change(goodPassword, 'ä'.repeat(1000))).status).toBe(422)
  expect(hashes).not.toHaveBeenCalled()
})

describe('N-025 a new password', () => {
  it.each([
    ['too_short', 'fourteen chars'],
    ['too_long', 'ä'.repeat(1000)],
    ['well_known', 'passwordpassword'],
    ['disallowed_character', 'a bell\u0007 is rung here'],
    ['equals_host_name', '127.0.0.1 127.0.0.1'],
    ['sequence', 'nopqrstuvwxyz2026'],
    ['keyboard_walk', 'poiuytrewqlkjhgf!'],
    ['repeats', 'drowssapdrowssap'],
    ['equals_username', 'Ada-With-A-Long-Name'],
    ['equals_product_name', 'Countersign-12345'],
  ])('is refused with the constant reason %s', async (reason, password) => {
    const { status, body } = await change(goodPassword, password)
    expect([status, body.code, body.reason]).toEqual([422, 'password_unacceptable', reason])
  })
})

describe('N-029 changing the password', () => {
  it('requires the current one, and counts a wrong one as a guess', async () => {
    const { id } = await server.user('bea')
    const { access } = await server.session(id)
    const from = newAddress()
    for (let i = 0; i < 5; i++)
      expect((await change('wrong', newPassword, access, from)).body.code).toBe('credentials_invalid')
    expect((await change(goodPassword, newPassword, access, from)).status).toBe(429)
    const login = { headers: { 'x-forwarded-for': from }, body: { username: 'bea', password: goodPassword } }
    expect((await server.ask('POST', '/v1/sessions', login)).status).toBe(429)
  })

  it('is refused to personal tokens, refresh tokens, clients and other dialects’ refresh tokens', async () => {
    const { client } = await server.client()
    const tokens = [await server.personalToken(ada.id), session.refresh, await server.machineToken(client)]
    const statuses = await Promise.all(
      tokens.map(async (token) => (await change(goodPassword, newPassword, token)).status),
    )
    expect(statuses).toEqual([403, 401, 403])
  })

  it('ends every other session and keeps the presented one, and personal tokens', async () => {
    const { id } = await server.user('cleo')
    const [asking, other] = [await server.session(id), await server.session(id)]
    const personal = await server.personalToken(id)
    expect((await change(goodPassword, newPassword, asking.access)).status).toBe(204)
    const statuses = await Promise.all(
      [asking.access, other.access, personal].map(
        async (token) => (await server.ask('GET', '/v1/me', { headers: bearer(token) })).status,
      ),
    )
    expect(statuses).toEqual([200, 401, 200])
    expect(
      (await server.ask('POST', '/v1/sessions', { body: { username: 'cleo', password: goodPassword } })).status,
    ).toBe(401)
    expect(
      (await server.ask('POST', '/v1/sessions', { body: { username: 'cleo', password: newPassword } })).status,
    ).toBe(201)
  })
})

describe('many logins at once', () => {
  const small = { flags: { 'hash-concurrency': '1', 'hash-queue': '4' }, alone: true }
  const login = (own: RecordedServer, username: string) =>
    own.ask('POST', '/v1/sessions', { body: { username, password: goodPassword } })

  it('N-026 are hashed one by one, a few wait, and the rest get a Retry-After', async () => {
    const own = await startRecordedServer(small)
    onTestFinished(() => own.close())
    await own.user('ada')
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => login(own, i === 0 ? 'ada' : `somebody-${i}`)),
    )
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['overloaded']))
    expect(answers[0]?.status).toBe(201)
    expect(new Set(answers.slice(1).map(({ status }) => status))).toEqual(new Set([401, 503]))
    expect((await login(own, 'ada')).status).toBe(201)
  })

  it('N-027 give up their place when their client disconnects, and no hash is computed for them', async () => {
    const own = await startRecordedServer(small)
    onTestFinished(() => own.close())
    await own.user('ada')
    const { hasher } = own.running.authority.domain
    const hashed: (readonly [string | undefined, Promise<unknown>])[] = []
    const verify = hasher.verify.bind(hasher)
    vi.spyOn(hasher, 'verify').mockImplementation((password, hash, signal) => {
      const verdict = verify(password, hash, signal)
      hashed.push([password, verdict.catch((error: Error) => error.name)])
      return verdict
    })
    const first = login(own, 'ada')
    const body = JSON.stringify({ username: 'nobody', password: 'gone' })
    const head = 'POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const gone = await connectRaw(own.running.listening.port)
    gone.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
    await vi.waitFor(() => expect(hashed.map(([password]) => password)).toContain('gone'), { interval: 1 })
    gone.destroy()
    expect((await first).status).toBe(201)
    const [, outcome] = hashed.find(([password]) => password === 'gone') ?? []
    expect(await outcome).toBe('AbortError')
    expect((await login(own, 'ada')).status).toBe(201)
  })
})
