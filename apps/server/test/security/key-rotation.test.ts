import { nativeSessionPolicy, revokeKeys, rotateKeys } from '@countersign/core'
import { headerOf, trulySigned } from '@countersign/core/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { keysRotateCommand } from '../../src/cli/keys-rotate.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const local = { address: undefined, requestId: undefined }

let house: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  house = await startRecordedServer()
  ada = await house.user('ada')
})
afterAll(() => house.close())

interface PublishedKey {
  readonly kid: string
}

const published = async (own = house): Promise<readonly PublishedKey[]> =>
  (await own.ask('GET', '/oauth2/jwks')).body.keys as PublishedKey[]
const current = () => house.server.authority.domain.keys().current(house.server.authority.clock.now())
const accepts = async (token: string) => (await house.ask('GET', '/v1/me', { headers: bearer(token) })).status === 200
const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string

async function rotate(): Promise<void> {
  const { domain, masterKey, retention, reloadKeys } = house.server.authority
  await rotateKeys({ ...domain, masterKey, retention }, 'ES256', local)
  await reloadKeys()
}

it('N-098 the published keys have no private part, and each a name, a use and an algorithm', async () => {
  const { body, headers } = await house.ask('GET', '/oauth2/jwks')
  const [key] = body.keys as Record<string, unknown>[]
  expect(Object.keys(key ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  expect(headers.get('cache-control')).toMatch(/^public, max-age=/)
  expect(
    (await house.ask('GET', '/oauth2/jwks', { headers: { 'if-none-match': headers.get('etag') ?? '' } })).status,
  ).toBe(304)
})

it('N-096 a key is published before it signs, and tokens of the one before live to their end', async () => {
  const before = await house.session(ada.id)
  const kid = current().kid
  await rotate()
  const [first, second] = await published()
  expect([first?.kid, (await published()).length]).toEqual([kid, 2])
  expect(kidOf((await house.session(ada.id)).access)).toBe(kid)
  house.time.advance(359)
  expect(kidOf((await house.session(ada.id)).access)).toBe(kid)
  house.time.advance(1)
  const after = await house.session(ada.id)
  expect(kidOf(after.access)).toBe(second?.kid)
  expect([await accepts(before.access), await accepts(after.access)]).toEqual([true, true])
  const refreshed = await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: before.refresh } })
  expect(refreshed.status).toBe(200)
})

it('N-096 ten rotations in a row refuse nobody, and every token’s key is published', async () => {
  let session = await house.session(ada.id)
  for (let i = 0; i < 10; i++) {
    await rotate()
    house.time.advance(400)
    expect((await published()).map(({ kid }) => kid)).toContain(kidOf(session.access))
    expect(await accepts(session.access)).toBe(true)
    const { status, body } = await house.ask('POST', '/v1/sessions/refresh', {
      body: { refresh_token: session.refresh },
    })
    expect(status).toBe(200)
    session = { ...session, access: String(body.access_token), refresh: String(body.refresh_token) }
  }
})

it('N-093 a key that is past its overlap signs nothing any more, not even truly', async () => {
  const longest = house.server.authority.retention.longestAccessSeconds
  const retired = current()
  const { access } = await house.session(ada.id, { ...nativeSessionPolicy, lifetimeSeconds: 3 * longest })
  const claims = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>
  const longer = { ...claims, exp: (claims.exp ?? 0) + 2 * longest, role: 'owner' }
  const forged = trulySigned(retired, headerOf(retired), longer)
  await rotate()
  house.time.advance(400)
  expect(await accepts(forged)).toBe(true)
  house.time.advance(longest)
  expect((await published()).map(({ kid }) => kid)).not.toContain(retired.kid)
  expect(await accepts(forged)).toBe(false)
})

it('N-095 a token of another installation is refused, whatever it calls itself', async () => {
  const other = await startRecordedServer()
  onTestFinished(() => other.close())
  const { id } = await other.user('ada')
  const { access, refresh } = await other.session(id)
  expect((await other.ask('GET', '/v1/me', { headers: bearer(access) })).status).toBe(200)
  expect(await accepts(access)).toBe(false)
  expect((await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: refresh } })).status).toBe(401)
  expect(
    (await house.ask('GET', '/v1/me', { headers: { cookie: `__Host-countersign=${other.cookieOf('0'.repeat(22))}` } }))
      .status,
  ).toBe(401)
})

it('N-097 a revoked key takes every token with it at once: signed, opaque, cookies and refresh tokens', async () => {
  const { access, refresh, id } = await house.session(ada.id)
  const { client, secret } = await house.client({ tokenForm: 'opaque' })
  const opaque = await house.machineToken(client)
  const cookie = { cookie: `__Host-countersign=${house.cookieOf(id)}` }
  const { kid } = current()
  const { domain, masterKey, retention, reloadKeys } = house.server.authority
  await revokeKeys({ ...domain, masterKey, retention }, kid, local)
  await reloadKeys()
  expect((await published()).map((key) => key.kid)).not.toContain(kid)
  expect(await accepts(access)).toBe(false)
  expect((await house.ask('GET', '/v1/me', { headers: cookie })).status).toBe(401)
  expect((await house.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: refresh } })).status).toBe(401)
  const body = form({ token: opaque })
  expect((await house.ask('POST', '/oauth2/introspect', { headers: basic(client.id, secret), body })).body).toEqual({
    active: false,
  })
  expect(await accepts((await house.session(ada.id)).access)).toBe(true)
})

describe('a running server', () => {
  it('publishes within 5 s what "countersign keys rotate" makes beside it', async () => {
    // Only what comes round again waits for the test; the store and the sockets run in real time.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const own = await startRecordedServer()
    onTestFinished(async () => {
      await own.close()
      vi.useRealTimers()
    })
    expect(await published(own)).toHaveLength(1)
    const lines: string[] = []
    const io = {
      env: {},
      out: (text: string) => void lines.push(text),
      err: (text: string) => void lines.push(text),
      stdin: process.stdin,
      log: { write: () => true, writableLength: 0 },
      process,
      exit: () => {},
    }
    expect(await keysRotateCommand.run(['--data', own.server.authority.config.data, '--json'], io)).toBe(0)
    const { kid } = JSON.parse(lines.join('')) as PublishedKey
    await vi.advanceTimersByTimeAsync(5000)
    await vi.waitFor(async () => expect((await published(own)).map((key) => key.kid)).toContain(kid))
  })
})
