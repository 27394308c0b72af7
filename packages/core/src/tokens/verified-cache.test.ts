import { describe, expect, it } from 'vitest'
import { readAccessToken } from '../access/access-token-reader.ts'
import { KeyRing } from '../keys/key-ring.ts'
import { claimsAt } from '../testing/forged-token.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { signToken } from './signed-token.ts'
import { VerifiedCache } from './verified-cache.ts'

const now = 1_800_000_000
const keys = testKeySet()
const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 }
const ring = new KeyRing([keys], retention)
const issuer = 'https://auth.example'
const tokenOf = (sub: string) => signToken(keys, 'at+jwt', claimsAt(now, { sub, jti: `jti-${sub}` }))

describe('the cache of verified signatures', () => {
  it('N-088 never answers for one token with what another one says, in 1,000,000 checks', () => {
    const cache = new VerifiedCache(100)
    const state = { ring, issuer, latest: now, cache }
    const tokens = Array.from({ length: 40 }, (_, i) => ({ jti: `jti-u${i}`, text: tokenOf(`u${i}`) }))
    for (let round = 0; round < 25_000; round++) {
      for (const { jti, text } of tokens) {
        if (readAccessToken(text, state)?.tokenId !== jti) expect.fail(`another caller was read in round ${round}`)
      }
    }
    expect(readAccessToken(tokens[0]?.text ?? '', state)?.tokenId).toBe('jti-u0')
  }, 60_000)

  it('N-088 knows the whole token: one more letter, or another signature, is another token', () => {
    const cache = new VerifiedCache()
    const state = { ring, issuer, latest: now, cache }
    const text = tokenOf('alice')
    expect(readAccessToken(text, state)).toBeDefined()
    expect(cache.get(text)).toBeDefined()
    for (const other of [`${text}A`, text.slice(0, -1), ` ${text}`, tokenOf('bob')])
      expect(cache.get(other)).toBeUndefined()
    expect(readAccessToken(`${text.slice(0, -4)}AAAA`, state)).toBeUndefined()
  })

  it('does not accept a token whose key was revoked or is no longer kept', () => {
    const cache = new VerifiedCache()
    const text = tokenOf('alice')
    expect(readAccessToken(text, { ring, issuer, latest: now, cache })).toBeDefined()
    const revoked = new KeyRing([testKeySet({ revokedAt: now })], retention)
    expect(readAccessToken(text, { ring: revoked, issuer, latest: now, cache })).toBeUndefined()
    const superseded = new KeyRing([testKeySet({ supersededAt: now })], retention)
    expect(readAccessToken(text, { ring: superseded, issuer, latest: now + 3599, cache })).toBeDefined()
    expect(readAccessToken(text, { ring: superseded, issuer, latest: now + 3600, cache })).toBeUndefined()
  })

  it('does not keep what was refused', () => {
    const cache = new VerifiedCache()
    const foreign = signToken(testKeySet({ seed: 'foreign' }), 'at+jwt', claimsAt(now))
    expect(readAccessToken(foreign, { ring, issuer, latest: now, cache })).toBeUndefined()
    expect(cache.get(foreign)).toBeUndefined()
  })

  it('is bounded, and forgets the oldest first', () => {
    const cache = new VerifiedCache(3)
    for (const name of ['a', 'b', 'c', 'd']) cache.add(name, { claims: claimsAt(now), kid: name })
    expect(['a', 'b', 'c', 'd'].map((name) => cache.get(name)?.kid)).toEqual([undefined, 'b', 'c', 'd'])
  })
})
