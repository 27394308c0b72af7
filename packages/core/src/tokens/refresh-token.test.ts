import { describe, expect, it } from 'vitest'
import { KeyRing } from '../keys/key-ring.ts'
import type { AccessForm, Authorization } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { trulySigned } from '../testing/forged-token.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { readRefreshToken, writeRefreshToken } from './refresh-token.ts'
import { macToken } from './signed-token.ts'

const clock = new FixedClock()
const now = clock.now()
const issuer = 'https://auth.example'
const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 30 * 86_400 }
const keys = testKeySet({ supersededAt: now + 10 })
const successor = testKeySet({ number: 2, activatesAt: now + 10 })
const ring = new KeyRing([keys, successor], retention)
const random = new SeededRandom('refresh')

const session = (accessForm: AccessForm, generation = 0): Authorization =>
  newAuthorization(
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
      generation,
      refreshKeyNumber: 1,
    },
    { clock, random },
  )

const read = (text: string, by = ring, at = now) => readRefreshToken(text, issuer, by, at)

describe.each(['jwt', 'hex'] as const)('a refresh token in %s form', (form) => {
  it('names the generation of its Authorization', () => {
    const authorization = session(form, 7)
    const token = { authorizationId: authorization.id, generation: 7 }
    expect(read(writeRefreshToken(authorization, issuer, keys))).toEqual(token)
  })

  it('is the same bytes each time it is written, also by another process', () => {
    const authorization = session(form, 3)
    const again = testKeySet({ supersededAt: now + 10 })
    expect(writeRefreshToken({ ...authorization }, issuer, again)).toBe(writeRefreshToken(authorization, issuer, keys))
  })

  it('is the same bytes whatever happened to the row meanwhile', () => {
    const authorization = session(form, 3)
    const touched = { ...authorization, lastUsedAt: now + 50, rotatedAt: now + 40, retryKeyDigest: random.bytes(32) }
    expect(writeRefreshToken(touched, issuer, keys)).toBe(writeRefreshToken(authorization, issuer, keys))
  })

  it('is read after its keys were superseded, until nothing made under them can be valid', () => {
    const text = writeRefreshToken(session(form, 1), issuer, keys)
    expect(read(text, ring, now + 11)).toBeDefined()
    expect(read(text, ring, now + 9 + retention.longestRefreshSeconds)).toBeDefined()
    expect(read(text, ring, now + 10 + retention.longestRefreshSeconds)).toBeUndefined()
  })

  it('differs for each generation, Authorization and key set', () => {
    const authorization = session(form, 3)
    const others = [{ ...authorization, generation: 4 }, session(form, 3)].map((it) =>
      writeRefreshToken(it, issuer, keys),
    )
    const texts = [writeRefreshToken(authorization, issuer, keys), writeRefreshToken(authorization, issuer, successor)]
    expect(new Set([...texts, ...others]).size).toBe(4)
  })

  it('is refused once its keys were revoked', () => {
    const revoked = new KeyRing([testKeySet({ revokedAt: now }), successor], retention)
    expect(read(writeRefreshToken(session(form), issuer, keys), revoked)).toBeUndefined()
  })
})

describe('a refresh token in JWT form', () => {
  const secret = keys.secret('jwt refresh')
  const claims = { iss: issuer, sid: 'a'.repeat(22), generation: 0, iat: now, exp: now + 600 }

  it('is refused with another type, key number, issuer or shape of claims, though truly made by us', () => {
    expect(read(macToken(secret, '1', 'rt+jwt', claims))).toBeDefined()
    const refused = [
      macToken(secret, '1', 'at+jwt', claims),
      macToken(secret, '1', 'JWT', claims),
      macToken(secret, '2', 'rt+jwt', claims),
      macToken(secret, '01', 'rt+jwt', claims),
      macToken(secret, '1.0', 'rt+jwt', claims),
      macToken(secret, ' 1', 'rt+jwt', claims),
      macToken(secret, keys.kid, 'rt+jwt', claims),
      macToken(secret, '9', 'rt+jwt', claims),
      macToken(secret, '1', 'rt+jwt', { ...claims, iss: `${issuer}/` }),
      macToken(secret, '1', 'rt+jwt', { ...claims, generation: 1.5 }),
      macToken(secret, '1', 'rt+jwt', { ...claims, generation: '0' }),
      macToken(secret, '1', 'rt+jwt', { ...claims, sid: 'not an id' }),
    ]
    for (const text of refused) expect(read(text), text).toBeUndefined()
  })

  it('is refused if it was signed with the key of access tokens, or under the secret of another purpose', () => {
    const header = { alg: 'ES256', typ: 'rt+jwt', kid: '1' }
    expect(read(trulySigned(keys, header, claims))).toBeUndefined()
    expect(read(macToken(keys.secret('cursor'), '1', 'rt+jwt', claims))).toBeUndefined()
    expect(read(macToken(keys.secret('hex refresh'), '1', 'rt+jwt', claims))).toBeUndefined()
  })
})
