import { hash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller, nativeSessionPolicy } from '@countersign/core'
import { headerOf, trulySigned } from '@countersign/core/testing'
import { tapStatements } from '@countersign/store/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { keysRotateCommand } from '../../src/cli/keys/keys-rotate.ts'
import { databaseFile } from '../../src/data-folder/data-folder.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { needing } from '../store-features.ts'

let server: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada')
})
afterAll(() => server.close())

interface PublishedKey {
  readonly kid: string
}

const published = async (own = server): Promise<readonly PublishedKey[]> =>
  (await own.ask('GET', '/oauth2/jwks')).body.keys as PublishedKey[]
const current = () => server.running.authority.domain.keys().current(server.running.authority.clock.latest())
const accepts = async (token: string) => (await server.ask('GET', '/v1/me', { headers: bearer(token) })).status === 200
const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string

async function rotate(): Promise<void> {
  const { useCases } = server.running.authority
  await useCases.keys.rotate('ES256', localCaller)
}

it('N-098 the published keys have no private part, and each a name, a use and an algorithm', async () => {
  const { body, headers } = await server.ask('GET', '/oauth2/jwks')
  const [key] = body.keys as Record<string, unknown>[]
  expect(Object.keys(key ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  expect(headers.get('cache-control')).toMatch(/^public, max-age=/)
  expect(
    (await server.ask('GET', '/oauth2/jwks', { headers: { 'if-none-match': headers.get('etag') ?? '' } })).status,
  ).toBe(304)
})

it('N-096 a key is published before it signs, and tokens of the one before live to their end', async () => {
  const before = await server.session(ada.id)
  const kid = current().kid
  await rotate()
  const [first, second] = await published()
  expect([first?.kid, (await published()).length]).toEqual([kid, 2])
  expect(kidOf((await server.session(ada.id)).access)).toBe(kid)
  server.time.advance(359)
  expect(kidOf((await server.session(ada.id)).access)).toBe(kid)
  server.time.advance(1)
  const after = await server.session(ada.id)
  expect(kidOf(after.access)).toBe(second?.kid)
  expect([await accepts(before.access), await accepts(after.access)]).toEqual([true, true])
  const refreshed = await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: before.refresh } })
  expect(refreshed.status).toBe(200)
})

it('N-096 ten rotations in a row refuse no valid token, and every token’s key is published', async () => {
  let session = await server.session(ada.id)
  for (let i = 0; i < 10; i++) {
    await rotate()
    server.time.advance(400)
    expect((await published()).map(({ kid }) => kid)).toContain(kidOf(session.access))
    expect(await accepts(session.access)).toBe(true)
    const { status, body } = await server.ask('POST', '/v1/sessions/refresh', {
      body: { refresh_token: session.refresh },
    })
    expect(status).toBe(200)
    session = { ...session, access: String(body.access_token), refresh: String(body.refresh_token) }
  }
})

it('N-093 a key that is past its overlap signs nothing any more, not even truly', async () => {
  const longest = server.running.authority.domain.retention.longestAccessSeconds
  const retired = current()
  const { access } = await server.session(ada.id, { ...nativeSessionPolicy, lifetimeSeconds: 3 * longest })
  const claims = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>
  const longer = { ...claims, exp: (claims.exp ?? 0) + 2 * longest, role: 'owner' }
  const forged = trulySigned(retired, headerOf(retired), longer)
  await rotate()
  server.time.advance(400)
  expect(await accepts(forged)).toBe(true)
  server.time.advance(longest)
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
  expect((await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: refresh } })).status).toBe(401)
  expect(
    (await server.ask('GET', '/v1/me', { headers: { cookie: `__Host-countersign=${other.cookieOf('0'.repeat(22))}` } }))
      .status,
  ).toBe(401)
})

it('N-097 a revoked key takes every token with it at once: signed, opaque, cookies and refresh tokens', async () => {
  const { access, refresh, id } = await server.session(ada.id)
  const { client, secret } = await server.client({ tokenForm: 'opaque' })
  const opaque = await server.machineToken(client)
  const cookie = { cookie: `__Host-countersign=${server.cookieOf(id)}` }
  const { kid } = current()
  const { useCases } = server.running.authority
  await useCases.keys.revoke(kid, localCaller)
  expect((await published()).map((key) => key.kid)).not.toContain(kid)
  expect(await accepts(access)).toBe(false)
  expect((await server.ask('GET', '/v1/me', { headers: cookie })).status).toBe(401)
  expect((await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: refresh } })).status).toBe(401)
  const body = form({ token: opaque })
  expect((await server.ask('POST', '/oauth2/introspect', { headers: basic(client.id, secret), body })).body).toEqual({
    active: false,
  })
  expect(await accepts((await server.session(ada.id)).access)).toBe(true)
})

/** The folders that a kill before some statement of this work would leave, or after the last: each that is different. */
async function leftBehind(data: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-killed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const kept: string[] = []
  let last: string | undefined
  const keep = () => {
    const files = ['', '-wal'].map((suffix) => databaseFile(data) + suffix).filter((path) => existsSync(path))
    const state = files.map((path) => hash('sha256', readFileSync(path))).join()
    if (state === last) return
    last = state
    const place = join(folder, `${kept.length}`)
    // The shared memory goes with the last process.
    cpSync(data, place, { recursive: true, filter: (source) => !source.endsWith('-shm') })
    kept.push(place)
  }
  using _tap = tapStatements(({ proceed }) => {
    keep()
    return proceed()
  })
  await work()
  keep()
  return kept
}

/** Starts on what was left, and looks at the keys now, and once the youngest is in use: how many sets there are. */
async function setsAt(data: string, whoWasThere: string | undefined): Promise<number> {
  const own = await startRecordedServer({ data, cheapHashes: true })
  try {
    const { domain, store } = own.running.authority
    const id = whoWasThere ?? (await own.user('ada')).id
    const sets = await store.keys.list()
    expect(sets.filter((set) => set.revokedAt === undefined && set.supersededAt === undefined)).toHaveLength(1)
    for (const wait of [0, 400]) {
      own.time.advance(wait)
      const { access } = await own.session(id)
      expect(kidOf(access)).toBe(domain.keys().current(own.running.authority.clock.latest()).kid)
      expect((await published(own)).map(({ kid }) => kid)).toContain(kidOf(access))
      expect((await own.ask('GET', '/v1/me', { headers: bearer(access) })).status).toBe(200)
    }
    return sets.length
  } finally {
    await own.close()
  }
}

describe('N-099 killed at any statement', () => {
  beforeEach(needing('file'))

  /** A server that is left as it is once `work` was done on it, and how many sets each moment of that left. */
  async function counts(work: (own: RecordedServer) => Promise<unknown>): Promise<readonly number[]> {
    const own = await startRecordedServer({ cheapHashes: true })
    const { id } = await own.user('ada')
    const places = await leftBehind(own.running.authority.config.data, () => work(own))
    await own.close()
    expect(places.length).toBeGreaterThan(1)
    const found = []
    for (const place of places) found.push(await setsAt(place, id))
    return found
  }

  it('of a rotation, there is one set that signs, and it is published', async () => {
    const found = await counts(async ({ running: { authority } }) => {
      await authority.useCases.keys.rotate('ES256', localCaller)
    })
    expect([...new Set(found)]).toEqual([1, 2])
  })

  it('of a revocation, the same', async () => {
    const found = await counts(async ({ running: { authority } }) => {
      const [key] = await authority.store.keys.list()
      await authority.useCases.keys.revoke(key?.kid ?? '', localCaller)
    })
    expect([...new Set(found)]).toEqual([1, 2])
  })

  it('of a first start, the same after the second', async () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-first-'))
    onTestFinished(() => rmSync(data, { recursive: true }))
    const places = await leftBehind(data, async () => {
      await (await startRecordedServer({ data, cheapHashes: true })).close()
    })
    expect(places.length).toBeGreaterThan(3)
    for (const place of places) expect(await setsAt(place, undefined)).toBe(1)
  })
})

describe('a running server', () => {
  it('publishes within 5 s what "countersign keys rotate" makes beside it', async (context) => {
    needing('file')(context)
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
      err: () => {},
      stdin: process.stdin,
      log: { write: () => true, writableLength: 0 },
      process,
      lowerPriority: () => {},
      exit: () => {},
    }
    expect(await keysRotateCommand.run(['--data', own.running.authority.config.data, '--json'], io)).toBe(0)
    const { kid } = JSON.parse(lines.join('')) as PublishedKey
    await vi.advanceTimersByTimeAsync(5000)
    await vi.waitFor(async () => expect((await published(own)).map((key) => key.kid)).toContain(kid))
  })
})
