import { localCaller } from '@countersign/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { issuedToken, presentedKey, tokenState } from './wire.ts'

const paths = ['/v2/auth/token', '/v2/auth/token/']
const failed = { code: 'AuthenticationFailed', message: 'Authentication failed.' }
const invalidArgument = { code: 'InvalidArgument', message: 'The request is not valid.' }
const invalidToken = { code: 'InvalidToken', message: 'Token is not valid.' }
const expiredToken = { code: 'ExpiredToken', message: 'Token expired.' }

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

interface Key {
  readonly accountId: string
  readonly accessKey: string
  readonly secret: string
}

let accounts = 0
async function newKey(given: { account?: string; expiresInSeconds?: number } = {}): Promise<Key> {
  const request = { account: `account ${++accounts}`, ...given }
  const { client, credential, secret } = await server.running.authority.useCases.clients.createAccessKey(
    request,
    localCaller,
  )
  return { accountId: client.id, accessKey: credential.id, secret: secret.reveal() }
}

const exchange = (key: object, path = paths[0] as string) => server.ask('POST', path, { body: key })
const tokenOf = async (key: Key): Promise<string> => String((await exchange(key)).body.token)
const show = (headers: Record<string, string | string[]>, path = paths[0] as string) =>
  server.ask('GET', path, { headers })

describe.each(paths)('POST %s', (path) => {
  it('exchanges an access key for a token of a day', async () => {
    const { status, headers, text, body } = await exchange(await newKey(), path)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(text).toBe(`{"token":"${String(body.token)}","expirationSec":86400}`)
    expect(String(body.token)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  it('knows the account by its id and by its name, and ignores members that it does not know', async () => {
    const key = await newKey()
    const named = { ...key, accountId: `account ${accounts}`, region: 'us-east-1' }
    expect((await exchange(named, path)).status).toBe(200)
  })

  it('reads JSON that comes without a Content-Type', async () => {
    const { status } = await server.ask('POST', path, { body: JSON.stringify(await newKey()) })
    expect(status).toBe(200)
  })

  it.each([
    ['nothing', undefined],
    ['the snippet’s body', { key: 'value' }],
    ['no secret', { accountId: 'a', accessKey: 'b' }],
    ['an empty member', { accountId: 'a', accessKey: '', secret: 'c' }],
    ['a number', { accountId: 1, accessKey: 'b', secret: 'c' }],
    ['null', { accountId: null, accessKey: 'b', secret: 'c' }],
    ['what is no JSON', 'accountId=a'],
    ['a list', '[]'],
  ])('answers InvalidArgument to %s', async (_what, body) => {
    const { status, body: answered } = await server.ask('POST', path, { body })
    expect({ status, answered }).toEqual({ status: 400, answered: invalidArgument })
  })

  it('answers the words of the vendor’s page with AuthenticationFailed', async () => {
    const { status, body } = await exchange({ accountId: 'string', accessKey: 'string', secret: 'string' }, path)
    expect({ status, body }).toEqual({ status: 403, body: failed })
  })
})

describe('the credentials', () => {
  it('are wrong alike, whichever of the three is', async () => {
    const [key, other] = [await newKey(), await newKey()]
    const wrong = [
      { ...key, secret: other.secret },
      { ...key, secret: `${key.secret.slice(0, -1)}0` },
      { ...key, secret: 'cs_key_' },
      { ...key, accessKey: other.accessKey },
      { ...key, accessKey: 'unknown' },
      { ...key, accountId: other.accountId },
      { ...key, accountId: 'unknown' },
      { ...other, secret: key.secret },
    ]
    for (const [at, attempt] of wrong.entries()) {
      const headers = { 'x-forwarded-for': `203.0.113.${at}` }
      const { status, text } = await server.ask('POST', paths[0] as string, { body: attempt, headers })
      expect({ status, text }).toEqual({ status: 403, text: JSON.stringify(failed) })
    }
    expect((await exchange(key)).status).toBe(200)
  })

  it('N-103 are whole: no part of a secret, no wildcard, no other case', async () => {
    const key = await newKey()
    const { secret } = key
    const spoilt = [
      secret.slice(0, -1),
      `${secret}0`,
      secret.replace('cs_key', 'cs_pat'),
      '%',
      '_',
      '*',
      swapCase(secret),
    ]
    for (const [at, attempt] of spoilt.entries()) {
      const headers = { 'x-forwarded-for': `203.0.114.${at}` }
      const { status, body } = await server.ask('POST', paths[0] as string, {
        body: { ...key, secret: attempt },
        headers,
      })
      expect({ status, body }).toEqual({ status: 403, body: failed })
    }
  })

  it('that cannot be a secret at all cost no query', async () => {
    const key = await newKey()
    const find = vi.spyOn(server.running.authority.store.clients, 'findBySecret')
    onTestFinished(() => find.mockRestore())
    const secret = `${key.secret.slice(0, -1)}${key.secret.endsWith('0') ? '1' : '0'}`
    const headers = { 'x-forwarded-for': '203.0.116.1' }
    const { text } = await server.ask('POST', '/v2/auth/token', { body: { ...key, secret }, headers })
    expect(text).toBe(JSON.stringify(failed))
    expect(find).not.toHaveBeenCalled()
  })

  it('of an account that were generated anew make the earlier ones inactive, and end their tokens', async () => {
    const account = `account ${accounts + 1}`
    const first = await newKey({ account })
    const token = await tokenOf(first)
    const second = await newKey({ account })
    expect(second.accountId).toBe(first.accountId)
    expect((await exchange(first)).body).toEqual(failed)
    expect((await show(bearer(token))).body).toEqual(invalidToken)
    expect((await exchange(second)).status).toBe(200)
  })

  it('do not authenticate after their end, and stay listed', async () => {
    const key = await newKey({ expiresInSeconds: 30 })
    expect((await exchange(key)).status).toBe(200)
    server.time.advance(30)
    expect((await exchange(key)).body).toEqual(failed)
    const listed = await server.running.authority.store.clients.listCredentials(key.accountId)
    expect(listed.map(({ id }) => id)).toEqual([key.accessKey])
  })

  it('of a disabled account do not authenticate, and its tokens have ended', async () => {
    const key = await newKey()
    const token = await tokenOf(key)
    const { store, clock } = server.running.authority
    const event = { at: clock.now(), action: 'client_changed' } as const
    await store.clients.change(key.accountId, { disabledAt: clock.now() }, event)
    expect((await exchange(key)).body).toEqual(failed)
    expect((await show(bearer(token))).body).toEqual(invalidToken)
  })

  it('are nowhere in the database, nor is any token', async () => {
    const key = await newKey()
    const token = await tokenOf(key)
    const rows = JSON.stringify(
      ['clients', 'client_credentials', 'authorizations', 'audit'].map((table) => server.sql(`SELECT * FROM ${table}`)),
    )
    expect(rows).toContain(key.accessKey)
    expect(rows).not.toContain(key.secret)
    expect(rows).not.toContain(token)
    expect(server.running.log()).not.toContain(key.secret)
  })

  it('are throttled by the address that guesses at them, and by no other', async () => {
    const key = await newKey()
    const from = (address: string, secret: string) =>
      server.ask('POST', paths[0] as string, { body: { ...key, secret }, headers: { 'x-forwarded-for': address } })
    let answer = await from('203.0.115.1', 'wrong')
    for (let guesses = 1; guesses < 20 && answer.status === 403; guesses++) answer = await from('203.0.115.1', 'wrong')
    expect(answer).toMatchObject({ status: 429, body: { code: 'TooManyRequests', message: 'Too many requests.' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await from('203.0.115.1', key.secret)).status).toBe(429)
    expect((await from('198.18.0.1', key.secret)).status).toBe(200)
  })
})

describe.each(paths)('GET %s', (path) => {
  it('N-111 says how many whole seconds are left: never more than are, never fewer than none', async () => {
    const token = await tokenOf(await newKey())
    const left = async () => (await show(bearer(token), path)).body
    expect(await left()).toEqual({ expirationSec: 86_399 })
    server.time.advance(0.9)
    expect(await left()).toEqual({ expirationSec: 86_399 })
    server.time.advance(86_399 - 0.9)
    expect(await left()).toEqual({ expirationSec: 0 })
  })

  it('N-112 answers ExpiredToken from the very second of its end on', async () => {
    const token = await tokenOf(await newKey())
    server.time.advance(86_399)
    expect((await show(bearer(token), path)).status).toBe(200)
    server.time.advance(1)
    const { status, headers, text } = await show(bearer(token), path)
    expect({ status, text }).toEqual({ status: 400, text: JSON.stringify(expiredToken) })
    expect(headers.has('www-authenticate')).toBe(false)
  })

  it('N-111 answers InvalidToken, in one body, to whatever else is wrong with a token', async () => {
    const { id } = await server.user(`person-${path.length}`)
    const session = await server.session(id)
    const key = await newKey()
    const revoked = await tokenOf(key)
    const { useCases } = server.running.authority
    await useCases.revocation.revokeToken({ token: revoked, clientId: key.accountId }, localCaller)
    const token = await tokenOf(key)
    const headers: Record<string, string | string[]>[] = [
      {},
      bearer(revoked),
      bearer(''),
      bearer('nonsense'),
      bearer(token.slice(0, -1)),
      bearer(`${token}A`),
      bearer(session.access),
      bearer(session.refresh),
      bearer(key.secret),
      { authorization: token },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer ${token} x` },
      { authorization: `Bearer:${token}` },
      { authorization: [`Bearer ${token}`, `Bearer ${token}`] },
    ]
    for (const presented of headers) {
      const { status, text } = await show(presented, path)
      expect({ presented, status, text }).toEqual({ presented, status: 400, text: JSON.stringify(invalidToken) })
    }
  })

  it('takes a colon after the scheme, as one client sends it', async () => {
    expect((await show({ authorization: `Bearer: ${await tokenOf(await newKey())}` }, path)).status).toBe(200)
  })

  it('does not look at a body', async () => {
    const headers = { ...bearer(await tokenOf(await newKey())), 'content-type': 'application/json' }
    expect((await server.ask('GET', path, { headers, body: '{' })).status).toBe(200)
  })

  it('answers AuthenticationFailed to a personal token, which is good but of no account', async () => {
    const { id } = await server.user(`owner-of-${path.length}`)
    const { status, body } = await show(bearer(await server.personalToken(id)), path)
    expect({ status, body }).toEqual({ status: 403, body: failed })
  })

  it('does not look at an unknown parameter', async () => {
    const headers = bearer(await tokenOf(await newKey()))
    expect((await server.ask('GET', `${path}?unknown=1`, { headers })).body).toEqual({ expirationSec: 86_399 })
  })
})

describe('a token', () => {
  it('is a fixed authorization of the account: listed, and revocable by itself', async () => {
    const key = await newKey()
    const [one, two] = [await tokenOf(key), await tokenOf(key)]
    const { body } = await server.ask('GET', '/v1/authorizations', { headers: bearer(one) })
    const listed = body.authorizations as { id: string; kind: string; dialect: string; current: boolean }[]
    expect(listed).toMatchObject([
      { kind: 'fixed', dialect: 'lyve', client_id: key.accountId, role: 'viewer' },
      { kind: 'fixed', dialect: 'lyve' },
    ])
    const own = listed.find(({ current }) => current)?.id
    expect((await server.ask('DELETE', `/v1/authorizations/${own}`, { headers: bearer(one) })).status).toBe(204)
    expect((await show(bearer(one))).body).toEqual(invalidToken)
    expect((await show(bearer(two))).status).toBe(200)
  })

  it('works on the native operations that its role allows, and at no other vendor’s', async () => {
    const token = await tokenOf(await newKey())
    expect((await server.ask('GET', '/v1/me', { headers: bearer(token) })).status).toBe(403)
    expect((await server.ask('GET', '/manifold-api/v3-preview', { headers: bearer(token) })).status).toBe(401)
  })
})

describe('other requests', () => {
  it('answers unknown paths and methods in the same shape', async () => {
    expect(await server.ask('GET', '/v2/buckets')).toMatchObject({ status: 404, body: { code: 'InvalidArgument' } })
    expect(await server.ask('PUT', '/v2/auth/token')).toMatchObject({ status: 405, body: { code: 'InvalidArgument' } })
  })

  it('answers ServiceNotReady while the server stops', async () => {
    server.running.app.stop()
    const { status, body } = await show({})
    server.running.app.ready()
    expect({ status, body }).toEqual({
      status: 503,
      body: {
        code: 'ServiceNotReady',
        message: 'The server is not ready to handle the request. Please retry the request later.',
      },
    })
  })

  it('refuses a body that is too large or no JSON by its Content-Type', async () => {
    const json = { 'content-type': 'application/json' }
    const large = await server.ask('POST', '/v2/auth/token', { headers: json, body: 'x'.repeat(20_000) })
    const plain = await server.ask('POST', '/v2/auth/token', { headers: { 'content-type': 'text/plain' }, body: '{}' })
    expect([large.status, plain.status]).toEqual([413, 415])
  })
})

describe('the options', () => {
  it('COUNTERSIGN_LYVE_EXPIRATION_SEC_AS=string and COUNTERSIGN_LYVE_LIFETIME_SECONDS are obeyed', async () => {
    const flags = { 'lyve-expiration-sec-as': 'string', 'lyve-lifetime-seconds': '864000' }
    const other = await startRecordedServer({ flags })
    try {
      const { client, secret } = await other.client()
      const [credential] = await other.running.authority.store.clients.listCredentials(client.id)
      const body = { accountId: client.name, accessKey: credential?.id, secret }
      const issued = (await other.ask('POST', '/v2/auth/token', { body })).body
      expect(issued.expirationSec).toBe('864000')
      other.time.advance(10)
      const shown = await other.ask('GET', '/v2/auth/token', { headers: bearer(String(issued.token)) })
      expect(shown.body).toEqual({ expirationSec: '863989' })
    } finally {
      await other.close()
    }
  })
})

describe('the wire', () => {
  const text = fc.string({ minLength: 1 })

  it('reads every key as it is', () => {
    fc.assert(
      fc.property(text, text, text, (accountId, accessKey, secret) => {
        expect(presentedKey({ accountId, accessKey, secret })).toEqual({ account: accountId, keyId: accessKey, secret })
      }),
    )
  })

  it('writes whole seconds, never negative, the same in both forms', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat(), { nil: undefined }), (latest, expiresAt) => {
        const { expirationSec } = tokenState({ expiresAt }, latest, 'number')
        expect(Number.isInteger(expirationSec) && Number(expirationSec) >= 0).toBe(true)
        expect(Number(expirationSec)).toBeLessThanOrEqual(Math.max(0, (expiresAt ?? 0) - latest))
        expect(tokenState({ expiresAt }, latest, 'string').expirationSec).toBe(`${expirationSec}`)
      }),
    )
  })

  it('shows nothing of a token set but the token and its seconds', async () => {
    const { useCases } = server.running.authority
    const { client } = await server.client()
    const made = await useCases.clients.replaceSecret({ clientId: client.id }, localCaller)
    const fresh = { ...made.client, epoch: client.epoch + 1 }
    const set = await useCases.fixedTokens.issue({ client: fresh, dialect: 'lyve', lifetimeSeconds: 60 }, localCaller)
    expect(issuedToken(set, 'number')).toEqual({ token: set.accessToken.reveal(), expirationSec: 60 })
  })
})

const swapCase = (text: string): string =>
  [...text].map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())).join('')
