import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { testMasterKey } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { parseCompact, signatureIs, signToken } from '../tokens/signed-token.ts'
import { makeKeySet, openKeySet, type SecretPurpose } from './key-set.ts'
import { SealError } from './sealing.ts'

const make = (algorithm: 'ES256' | 'EdDSA', number = 1, seed = 'a') =>
  makeKeySet({ number, algorithm, createdAt: 10, activatesAt: 20 }, testMasterKey, new SeededRandom(seed))

describe.each(['ES256', 'EdDSA'] as const)('a key set for %s', (algorithm) => {
  it('signs what it verifies itself', () => {
    const keys = openKeySet(make(algorithm), testMasterKey)
    for (let i = 0; i < 50; i++) {
      const token = parseCompact(signToken(keys, 'at+jwt', { i }))
      expect(token && signatureIs(keys, token)).toBe(true)
    }
  })

  it('shows the public members and nothing private', () => {
    const stored = make(algorithm)
    const jwk = JSON.parse(stored.publicJwk)
    const members = algorithm === 'ES256' ? ['kty', 'crv', 'x', 'y'] : ['kty', 'crv', 'x']
    expect(Object.keys(jwk)).toEqual([...members, 'kid', 'use', 'alg'])
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(jwk).not.toHaveProperty(name)
    expect(jwk).toMatchObject({ use: 'sig', alg: algorithm, kid: stored.kid })
    expect(createPublicKey({ key: jwk, format: 'jwk' }).type).toBe('public')
  })

  it('is named by its RFC 7638 thumbprint, so that no two share a name', () => {
    const kids = Array.from({ length: 20 }, (_, i) => make(algorithm, 1, `${i}`).kid)
    expect(new Set(kids).size).toBe(20)
    for (const kid of kids) expect(kid).toMatch(/^[\w-]{43}$/)
  })

  it('keeps its private half only sealed', () => {
    const stored = make(algorithm)
    const keys = openKeySet(stored, testMasterKey)
    const { d } = keys.privateKey.export({ format: 'jwk' })
    const scalar = Buffer.from(`${d}`, 'base64url')
    expect(scalar.length).toBe(32)
    expect(Buffer.from(stored.sealed).includes(scalar)).toBe(false)
    expect(() => openKeySet(stored, new SeededRandom('thief').bytes(32))).toThrow(SealError)
  })

  it('does not open in the place of another one', () => {
    const [a, b] = [make(algorithm, 1, 'a'), make(algorithm, 2, 'b')]
    expect(() => openKeySet({ ...a, sealed: b.sealed }, testMasterKey)).toThrow(SealError)
    expect(() => openKeySet({ ...a, number: 3 }, testMasterKey)).toThrow(SealError)
    expect(() => openKeySet({ ...a, kid: b.kid }, testMasterKey)).toThrow(SealError)
  })
})

describe('the secrets of a key set', () => {
  it('differ for each purpose, so that no token passes for one of another kind', () => {
    const purposes: Record<SecretPurpose, true> = {
      'machine access': true,
      'hex access': true,
      'hex refresh': true,
      'session cookie': true,
      'jwt refresh': true,
      cursor: true,
    }
    const keys = openKeySet(make('ES256'), testMasterKey)
    const names = Object.keys(purposes) as SecretPurpose[]
    const secrets = names.map((purpose) => keys.secret(purpose).export().toString('hex'))
    expect(new Set(secrets).size).toBe(names.length)
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{64}$/)
  })

  it('are the same whenever and wherever the set is opened', () => {
    const stored = make('ES256')
    const [a, b] = [openKeySet(stored, testMasterKey), openKeySet(stored, testMasterKey)]
    expect(a.secret('jwt refresh').equals(b.secret('jwt refresh'))).toBe(true)
    expect(a.secret('jwt refresh')).toBe(a.secret('jwt refresh'))
  })
})
