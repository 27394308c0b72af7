import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../keys/key-ring.ts'
import { base64url, bitFlips, byteFlips, claimsAt } from '../testing/forged-token.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { writeApiToken, writeHexToken, writeMachineToken } from '../tokens/opaque-token.ts'
import { readRefreshToken, writeRefreshToken } from '../tokens/refresh-token.ts'
import { signToken } from '../tokens/signed-token.ts'
import { VerifiedCache } from '../tokens/verified-cache.ts'
import { readAccessToken, readSessionCookie } from './access-token-reader.ts'

const now = 1_800_000_000
const issuer = 'https://auth.example'
const keys = testKeySet()
const edward = testKeySet({ number: 2, algorithm: 'EdDSA' })
const ring = new KeyRing([keys, edward], { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 })
const state = { ring, issuer, latest: now, cache: new VerifiedCache() }
const readers = {
  access: (text: string) => readAccessToken(text, state),
  refresh: (text: string) => readRefreshToken(text, issuer, ring, now),
  cookie: (text: string) => readSessionCookie(text, state),
}

const claims = claimsAt(now)
const authorizationId = claims.sid
const session = { id: authorizationId, generation: 3, createdAt: now, expiresAt: now + 86_400 }
const refreshOf = (accessForm: 'jwt' | 'hex') =>
  writeRefreshToken({ ...session, accessForm } as Parameters<typeof writeRefreshToken>[0], issuer, keys)
const machine = { authorizationId, issuedAt: now, lifetimeSeconds: 3600, serial: 7 }

const tokens: readonly { readonly form: string; readonly text: string; readonly reader: keyof typeof readers }[] = [
  { form: 'an ES256 access token', text: signToken(keys, 'at+jwt', claims), reader: 'access' },
  { form: 'an EdDSA access token', text: signToken(edward, 'at+jwt', claims), reader: 'access' },
  { form: 'a client token', text: writeMachineToken(keys, machine), reader: 'access' },
  {
    form: 'an opaque token for an API',
    text: writeApiToken(keys, {
      ...machine,
      apiId: claims.sid,
      scope: ['orders:read'],
      actors: ['countersign'],
      clientEpoch: undefined,
      ancestors: [],
    }),
    reader: 'access',
  },
  {
    form: 'a JWT for an API, of the plain type',
    text: signToken(keys, 'JWT', claimsAt(now, { aud: 'https://orders.example', act: { sub: 'countersign' } })),
    reader: 'access',
  },
  {
    form: 'a hex access token',
    text: writeHexToken(keys, 'hex access', { authorizationId, generation: 3 }),
    reader: 'access',
  },
  {
    form: 'a session cookie',
    text: writeHexToken(keys, 'session cookie', { authorizationId, generation: 0 }),
    reader: 'cookie',
  },
  { form: 'a hex refresh token', text: refreshOf('hex'), reader: 'refresh' },
  { form: 'a JWT refresh token', text: refreshOf('jwt'), reader: 'refresh' },
]

const readByAny = (text: string) => Object.values(readers).map((read) => read(text))
const unreadable = Object.values(readers).map(() => undefined)

describe.each(tokens)('$form', ({ text, reader }) => {
  it('is read by its own reader and by no other', () => {
    for (const [name, read] of Object.entries(readers)) {
      expect(read(text) === undefined, name).toBe(name !== reader)
    }
  })

  it('is refused with any one bit of its spelling changed', () => {
    let tried = 0
    for (const flipped of bitFlips(text)) {
      tried++
      if (readByAny(flipped).some((read) => read !== undefined)) expect.fail(`accepted ${JSON.stringify(flipped)}`)
    }
    expect(tried).toBe(text.length * 8)
  })

  it('is refused with any one bit of what it encodes changed', () => {
    const [, prefix = '', rest = ''] = /^(cs_at_)?(.*)$/.exec(text) ?? []
    const isHex = /^[0-9a-f]{64}$/.test(text)
    const segments = rest.split('.')
    let tried = 0
    for (const [at, segment] of segments.entries()) {
      for (const flipped of byteFlips(Buffer.from(segment, isHex ? 'hex' : 'base64url'))) {
        const spelled = isHex ? flipped.toString('hex') : base64url(flipped)
        const changed = prefix + segments.with(at, spelled).join('.')
        tried++
        if (readByAny(changed).some((read) => read !== undefined)) expect.fail(`accepted ${changed}`)
      }
    }
    expect(tried).toBeGreaterThanOrEqual(256)
  })

  it('is refused cut to any length, and extended by anything', () => {
    for (let length = 0; length < text.length; length++) {
      expect(readByAny(text.slice(0, length))).toEqual(unreadable)
      expect(readByAny(text.slice(length + 1))).toEqual(unreadable)
    }
    for (const more of ['0', 'A', '=', ' ', '\n', '\0', '.', text]) {
      expect(readByAny(text + more)).toEqual(unreadable)
      expect(readByAny(more + text)).toEqual(unreadable)
    }
  })

  it('is refused in another case, with look-alikes, wildcards or under another prefix', () => {
    const spellings = [text.toUpperCase(), text.replace(/[a-z]/, (letter) => letter.toUpperCase())]
    const lookAlikes = [text.replace('a', 'а'), text.replace('e', 'е'), `${text}\u0301`]
    const wild = [
      text.replace(/.$/, '%'),
      text.replace(/.$/, '_'),
      text.replace(/.$/, '*'),
      '%',
      '*',
      `${text.slice(0, 8)}%`,
    ]
    const prefixed = ['cs_pat_', 'cs_key_', 'CS_AT_', 'cs_at_'].map((prefix) => prefix + text.replace('cs_at_', ''))
    for (const other of [...spellings, ...lookAlikes, ...wild, ...prefixed]) {
      if (other !== text) expect(readByAny(other)).toEqual(unreadable)
    }
  })

  it('is refused after any random mutation', () => {
    const place = fc.nat({ max: text.length - 1 })
    const letters = fc.string({ unit: fc.constantFrom(...text), minLength: 0, maxLength: 8 })
    const mutation = fc.tuple(place, fc.nat({ max: 8 }), fc.oneof(letters, fc.string({ maxLength: 4 })))
    const mutated = fc
      .array(mutation, { minLength: 1, maxLength: 4 })
      .map((all) => all.reduce((it, [at, cut, put]) => it.slice(0, at) + put + it.slice(at + cut), text))
    const property = fc.property(mutated, (other) => {
      fc.pre(other !== text)
      expect(readByAny(other)).toEqual(unreadable)
    })
    fc.assert(property, { numRuns: 2000 })
  })
})

describe('parts of different tokens', () => {
  it('do not make a token', () => {
    const [first, second] = [signToken(keys, 'at+jwt', claims), signToken(keys, 'at+jwt', { ...claims, role: 'owner' })]
    const whole = [first, second, refreshOf('jwt'), signToken(edward, 'at+jwt', claims)]
    const parts = whole.map((it) => it.split('.'))
    const mixed = parts.flatMap(([a]) => parts.flatMap(([, b]) => parts.map(([, , c]) => `${a}.${b}.${c}`)))
    const foreign = mixed.filter((text) => !whole.includes(text))
    expect(foreign.length).toBeGreaterThan(50)
    for (const text of foreign) expect(readByAny(text)).toEqual(unreadable)
  })
})
