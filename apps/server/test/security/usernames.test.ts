import { localCaller } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { Authenticator } from '../authenticator.ts'
import { bearer, cookie, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import type { Account } from './login-path.ts'
import { guess, isUserPath, loginPaths, newAddress, wrongSecret } from './login-paths.ts'

let server: RecordedServer
let owner: string
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  owner = (await server.user('the owner', 'owner')).id
})
afterAll(() => server.close())

const asOwner = async (method: string, path: string, body?: object) =>
  server.ask(method, path, { headers: bearer((await server.session(owner)).access), ...(body && { body }) })

let made = 0
/** Names that other systems have, each new. The longest one needs every byte that there is. */
const names = [
  () => `a b ${++made}`,
  () => `Ünï ${++made}`,
  () => `Михаил ${++made}`,
  () => `אבג ${++made}`,
  () => `x${++made}`.padEnd(200, 'y'),
  () => `ü${++made}`.padEnd(127, 'ü'),
]

/** A user of this name, with what the path requires. */
async function newUser(name: string, { of: kind }: { readonly of: Account['kind'] }): Promise<Account> {
  const { useCases } = server.running.authority
  const hasPassword = kind.startsWith('password')
  const requiredFactors =
    kind === 'password' ? (['password'] as const) : hasPassword ? (['password', 'totp'] as const) : (['totp'] as const)
  const password = hasPassword ? goodPassword : undefined
  const { id } = await useCases.users
    .create({ username: name, role: 'viewer', password, requiredFactors, secretLater: true }, localCaller)
    .then(({ user }) => user)
  const { client } = await server.client()
  if (kind === 'password') return { name, kind, secret: goodPassword, access: '', clientId: client.id }
  const authenticator = new Authenticator(await useCases.totp.setUp(id, localCaller), server.time)
  const secret = kind === 'recovery code' ? ((await server.recoveryCodes(id))[0] ?? '') : authenticator.code()
  return { name, kind, password, secret, access: '' }
}

/** As another keyboard writes the name. */
const otherwise = (name: string): string => name.toUpperCase().normalize('NFD').replaceAll(' ', '\u3000')

const paths = loginPaths.filter((path) => path.anyName && isUserPath(path))

describe.each(paths)('a name at $name', (path) => {
  it.each(names)(
    'N-380 of another script, with spaces, or long logs in, also in another spelling (%#)',
    async (next) => {
      const account = await newUser(next(), path)
      const shown = { ...account, name: otherwise(account.name) }
      expect((await guess(server, path, shown, account.secret, newAddress())).status).toBeLessThan(300)
    },
  )

  it('N-384 shares its counter with the names that look like it', async () => {
    const account = await newUser(`look-alike ${++made}`, path)
    const guesses = [
      account.name,
      account.name.replace('o', 'о'),
      account.name.replace('a', 'а'),
      `${account.name}\u200b`,
    ]
    for (const name of [...guesses, account.name]) {
      await guess(server, path, { ...account, name }, wrongSecret(path), newAddress())
    }
    expect((await guess(server, path, account, account.secret, newAddress())).status).toBe(429)
  })
})

describe('a new name', () => {
  const create = (username: string) =>
    asOwner('POST', '/v1/users', { username, role: 'viewer', password: goodPassword })

  it.each(names)('N-380 is shown as it was given, in lists, to its owner and at introspection (%#)', async (next) => {
    const username = next()
    const { status, body } = await create(username)
    expect([status, body.username]).toEqual([201, username])
    const id = String(body.id)
    const { access } = await server.session(id)
    expect((await server.ask('GET', '/v1/me', { headers: bearer(access) })).body.username).toBe(username)
    expect((await asOwner('GET', `/v1/users/${id}`)).body.username).toBe(username)
    const found = await server.running.authority.useCases.introspect.inspectAny(access)
    expect(found.active && found.access.subject.name).toBe(username)
    expect((await asOwner('GET', '/v1/users?limit=200')).text).toContain(JSON.stringify(username))
    expect((await asOwner('GET', '/v1/audit?limit=50')).text).toContain(id)
    expect((await asOwner('POST', `/v1/users/${id}/unlock`)).status).toBe(204)
  })

  it('N-381 is stored in its width and normalisation, and is taken in every other spelling', async () => {
    const { body } = await create('Ｚoe\u0308\u3000Ｂ')
    expect(body.username).toBe('Zoë B')
    for (const spelling of ['ZOË B', 'zoë b', 'Zoe\u0308 B', 'ｚｏë b']) {
      const { status, body: problem } = await create(spelling)
      expect([status, problem.code]).toEqual([409, 'username_taken'])
    }
  })

  it('N-383 is refused if it looks like one that exists, and free again when that one is gone', async () => {
    const { body } = await create('Mallory-10')
    for (const lookAlike of ['mаllory-10', 'rnallory-lO', 'MALL0RY-IO'.replace('I', 'l')]) {
      const { status, body: problem } = await create(lookAlike)
      expect([lookAlike, status, problem.code]).toEqual([lookAlike, 409, 'username_taken'])
    }
    await asOwner('DELETE', `/v1/users/${body.id}`)
    expect((await create('rnallory-lO')).status).toBe(201)
  })

  it('N-382 is refused with a reason, and is no name to log in with', async () => {
    for (const username of [
      ' a',
      'a ',
      'a  b',
      'a\u0007',
      'a\u202eb',
      'אa',
      'a'.repeat(256),
      'ü'.repeat(128),
      'ﬁ',
      '🦊',
    ]) {
      const { status, body } = await create(username)
      expect([status, body.code, body.detail]).toEqual([400, 'username_invalid', expect.stringContaining('RFC 8265')])
      const login = await server.ask('POST', '/v1/sessions', {
        headers: { 'x-forwarded-for': newAddress() },
        body: { username, password: goodPassword },
      })
      expect([login.status, login.body.code]).toEqual([401, 'credentials_invalid'])
    }
  })
})

describe('a name in the vendors’ words', () => {
  it('N-386 an authenticator app shows the name: its URI is encoded, and the picture is drawn for the longest', async () => {
    for (const username of [`a b:c ${++made}`, 'Ünï & co?', 'x'.repeat(255), 'ü'.repeat(126)]) {
      const { status, body } = await asOwner('POST', '/v1/users', { username, role: 'viewer' })
      expect(status).toBe(201)
      const { otpauth_url } = body.totp as { otpauth_url: string }
      const uri = new URL(otpauth_url)
      expect(decodeURIComponent(uri.pathname)).toBe(`/Countersign:${username}`)
      expect([...uri.searchParams.keys()]).toEqual(['secret', 'issuer', 'algorithm', 'digits', 'period'])
    }
  })
})

it('N-380 a cookie session of such a user is theirs', async () => {
  const account = await newUser(`Ünï cookie ${++made}`, { of: 'password' })
  const login = await server.ask('POST', '/v1/sessions', {
    body: { username: account.name, password: goodPassword, cookie: true },
  })
  const [, token = ''] = /__Host-countersign=([^;]+)/.exec(login.headers.get('set-cookie') ?? '') ?? []
  const me = await server.ask('GET', '/v1/me', { headers: cookie(token) })
  expect(me.body.username).toBe(account.name)
})
