import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readAccessToken } from '../access/access-token-reader.ts'
import { KeyRing } from '../keys/key-ring.ts'
import type { KeySet } from '../keys/key-set.ts'
import { p256Order } from '../testing/forged-token.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { readRefreshToken } from './refresh-token.ts'
import { signatureIs } from './signed-token.ts'
import { VerifiedCache } from './verified-cache.ts'

/** `testvectors_v1` of a checkout of C2SP/wycheproof. The vectors are not ours to carry: without them the test is skipped. */
const folder = process.env.WYCHEPROOF_VECTORS

interface Jwk {
  readonly kid?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
}

interface Group {
  readonly publicKey?: { readonly wx?: string; readonly wy?: string; readonly pk?: string }
  readonly public?: Jwk
  readonly private?: Jwk
  readonly tests: readonly {
    readonly tcId: number
    readonly comment: string
    readonly result: string
    readonly msg?: string
    readonly sig?: string
    readonly jws?: string
  }[]
}

interface SignatureVector {
  readonly id: number
  readonly comment: string
  readonly result: string
  readonly x: string
  readonly y?: string
  /** Hexadecimal. */
  readonly message: string
  readonly signature: string
}

interface JwsVector {
  readonly id: number
  readonly result: string
  readonly kid?: string
  readonly x?: string
  readonly y?: string
  readonly jws: string
}

const groupsOf = (name: string): readonly Group[] =>
  JSON.parse(readFileSync(join(folder ?? '', name), 'utf8')).testGroups

/** A coordinate as a JWK has it: 32 bytes, whatever leading zeros the hexadecimal number has. */
const coordinate = (hex: string): string => Buffer.from(hex.slice(-64).padStart(64, '0'), 'hex').toString('base64url')

/** Only ASCII messages: a token's always is. */
const signaturesOf = (name: string): readonly SignatureVector[] =>
  groupsOf(name).flatMap(({ publicKey = {}, tests }) =>
    tests.flatMap(({ tcId, comment, result, msg = '', sig = '' }) => {
      const { wx, wy, pk } = publicKey
      const key =
        wx === undefined || wy === undefined ? { x: coordinate(pk ?? '') } : { x: coordinate(wx), y: coordinate(wy) }
      const isAscii = Buffer.from(msg, 'hex').every((byte) => byte < 128)
      return isAscii || wx !== undefined ? [{ id: tcId, comment, result, ...key, message: msg, signature: sig }] : []
    }),
  )

/** With the key only where it is one of ours (P-256). */
const jwsOf = (name: string): readonly JwsVector[] =>
  groupsOf(name).flatMap((group) => {
    const { crv, kid, x, y } = group.public ?? group.private ?? {}
    const key = crv === 'P-256' && x && y ? { x, y, ...(kid === undefined ? {} : { kid }) } : {}
    return group.tests.map(({ tcId, result, jws }) => ({ id: tcId, result, jws: jws ?? '', ...key }))
  })

/** A key set that verifies with a foreign public key. */
function foreignKeys({ x, y }: { readonly x: string; readonly y?: string | undefined }, kid = 'foreign'): KeySet {
  const jwk = y === undefined ? { kty: 'OKP', crv: 'Ed25519', x } : { kty: 'EC', crv: 'P-256', x, y }
  const algorithm = y === undefined ? 'EdDSA' : 'ES256'
  return { ...testKeySet(), kid, algorithm, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) }
}

/** Whether r ‖ s is the spelling with the higher s: valid ECDSA, and refused here so that each token has one spelling. */
const isHighS = (signature: Buffer): boolean =>
  signature.length === 64 && BigInt(`0x${signature.toString('hex', 32)}`) > p256Order >> 1n

const tokenOf = (signingInput: string, signature: Buffer) => ({ header: {}, payload: {}, signingInput, signature })

describe.skipIf(folder === undefined)('N-074 Wycheproof (skipped without WYCHEPROOF_VECTORS)', () => {
  it.each([
    ['ecdsa_secp256r1_sha256_p1363_test.json', 262, 103],
    ['ed25519_test.json', 84, 22],
  ])(
    'N-074 %s: all %i signatures are judged as labelled, but for the second spelling of valid ones',
    (name, count, good) => {
      const vectors = signaturesOf(name)
      expect(vectors.length).toBe(count)
      let accepted = 0
      for (const vector of vectors) {
        const signature = Buffer.from(vector.signature, 'hex')
        const message = Buffer.from(vector.message, 'hex').toString()
        const expected = vector.result === 'valid' && !(vector.y !== undefined && isHighS(signature))
        const found = signatureIs(foreignKeys(vector), tokenOf(message, signature))
        if (found !== expected) expect.fail(`${vector.id} ${vector.comment}: ${found}`)
        if (found) accepted++
      }
      expect(accepted).toBe(good)
    },
  )

  it('N-074 tokens: of 401 tokens none is accepted, even where the key is one of ours', () => {
    const vectors = jwsOf('json_web_signature_test.json')
    expect(vectors.length).toBe(401)
    const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 3600 }
    for (const { id, jws, kid, x, y } of vectors) {
      const ring = new KeyRing(x === undefined ? [testKeySet()] : [foreignKeys({ x, y }, kid)], retention)
      const state = { ring, issuer: 'https://auth.example', latest: 0, cache: new VerifiedCache() }
      expect(readAccessToken(jws, state), `${id}`).toBeUndefined()
      expect(readRefreshToken(jws, state.issuer, ring, 0), `${id}`).toBeUndefined()
    }
  })

  it('N-074 tokens: of the ES256 signatures over its three segments the valid ones alone are good', () => {
    const vectors = jwsOf('json_web_signature_test.json').filter((it) => /^[\w-]+\.[\w-]*\.[\w-]*$/.test(it.jws))
    const judged = vectors.flatMap(({ id, jws, kid, x, y, result }) => {
      const [head = '', body = '', tail = ''] = jws.split('.')
      const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
      if (x === undefined || alg !== 'ES256') return []
      const signature = Buffer.from(tail, 'base64url')
      const found = signatureIs(foreignKeys({ x, y }, kid), tokenOf(`${head}.${body}`, signature))
      return [{ id, found, isExpected: found === (result === 'valid' && !isHighS(signature)) }]
    })
    expect(judged.filter(({ isExpected }) => !isExpected)).toEqual([])
    expect(judged.length).toBeGreaterThan(20)
  })
})
