import { describe, expect, it } from 'vitest'
import { KeyRing } from '../keys/key-ring.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { claimsAt } from '../testing/forged-token.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { writeHexToken, writeMachineToken } from '../tokens/opaque-token.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import { newSecret } from '../tokens/secret-token.ts'
import { signToken } from '../tokens/signed-token.ts'
import { VerifiedCache } from '../tokens/verified-cache.ts'
import { everyUse, readToken, type TokenUse } from './token-reader.ts'

const clock = new FixedClock()
const now = clock.now()
const random = new SeededRandom()
const issuer = 'https://auth.example'
const keys = testKeySet()
const ring = new KeyRing([keys], { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 })
const state = { ring, issuer, latest: now, cache: new VerifiedCache() }

const claims = claimsAt(now)
const authorizationId = claims.sid
const session = (accessForm: 'jwt' | 'hex') => ({
  ...newAuthorization(
    {
      kind: 'session',
      subject: { kind: 'user', id: '0'.repeat(22) },
      clientId: 'countersign',
      dialect: 'native',
      roleCeiling: 'viewer',
      scope: ['read'],
      audience: [issuer],
      epoch: 0,
      accessForm,
      accessLifetimeSeconds: 600,
      expiresAt: now + 86_400,
    },
    { clock, random },
  ),
  id: authorizationId,
})
const hex = { authorizationId, generation: 0 }

/** Every form of every kind. */
const tokens: readonly (readonly [string, TokenUse, string])[] = [
  ['a JWT', 'access', signToken(keys, 'at+jwt', claims)],
  [
    'a machine’s opaque token',
    'access',
    writeMachineToken(keys, { authorizationId, issuedAt: now, lifetimeSeconds: 60, serial: 1 }),
  ],
  ['a hex access token', 'access', writeHexToken(keys, 'hex access', hex)],
  ['a refresh token in JWT form', 'refresh', writeRefreshToken(session('jwt'), issuer, keys)],
  ['a hex refresh token', 'refresh', writeRefreshToken(session('hex'), issuer, keys)],
  ['the value of a session cookie', 'cookie', writeHexToken(keys, 'session cookie', hex)],
  ['a personal token', 'personal', newSecret('pat', random).reveal()],
]

describe('the reader of every kind of token', () => {
  it.each(tokens)('reads %s as one that is for %s', (_what, use, text) => {
    const read = readToken(text, everyUse, state)
    expect(read?.use).toBe(use)
    if (read?.use !== 'personal') expect(read?.token.authorizationId).toBe(authorizationId)
  })

  it.each(tokens)('takes %s for nothing else than %s', (_what, use, text) => {
    const others = everyUse.filter((other) => other !== use)
    expect(readToken(text, others, state)).toBeUndefined()
    expect(readToken(text, [use], state)?.use).toBe(use)
  })

  it('knows a token of every kind that there is', () => {
    expect(new Set(tokens.map(([, use]) => use))).toEqual(new Set(everyUse))
  })

  it.each(['', 'x', '0'.repeat(64), 'a.b.c', newSecret('key', random).reveal()])('reads nothing in %j', (text) => {
    expect(readToken(text, everyUse, state)).toBeUndefined()
  })
})
