import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import type { SigningAlgorithm, StoredKeySet } from '../ports/store/keys.ts'
import type { Random } from '../ports/system/random.ts'
import { type MasterKey, seal, unseal } from './sealing.ts'

/** What a secret is derived for; each has a MAC key of its own, so that no token passes for one of another kind. */
export type SecretPurpose =
  | 'machine access'
  | 'hex access'
  | 'hex refresh'
  | 'session cookie'
  | 'jwt refresh'
  | 'cursor'

/** A JSON Web Key, public members only (RFC 7517 §4). */
export interface PublicJwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y?: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: SigningAlgorithm
}

/** An opened key set. */
export interface KeySet {
  readonly number: number
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly publicJwk: PublicJwk
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly createdAt: number
  readonly activatesAt: number
  readonly supersededAt: number | undefined
  readonly revokedAt: number | undefined
  /** The MAC key of one purpose (HKDF-SHA-256 of the set's secret). */
  secret(purpose: SecretPurpose): KeyObject
}

const context = (number: number, kid: string): string => `key set ${number} ${kid}`
const scalarBytes = 32

/** The PKCS #8 head of an Ed25519 private key (RFC 8410 §7); the 32 bytes of its seed follow. */
const ed25519Head = Buffer.from('302e020100300506032b657004220420', 'hex')

function privateKeyOf(algorithm: SigningAlgorithm, scalar: Uint8Array): KeyObject {
  if (algorithm === 'EdDSA') {
    return createPrivateKey({ key: Buffer.concat([ed25519Head, scalar]), format: 'der', type: 'pkcs8' })
  }
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', d: text(scalar), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

/** RFC 7638: SHA-256 of the required members, in lexical order, without white space. */
function thumbprint(jwk: {
  readonly kty?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
}): string {
  const { crv, kty, x, y } = jwk
  return hash('sha256', JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y }), 'base64url')
}

/**
 * Makes a key set and seals it.
 *
 * @param times Epoch seconds: `activatesAt` lies after `createdAt` by as long as verifiers may cache the published keys.
 */
export function makeKeySet(
  set: {
    readonly number: number
    readonly algorithm: SigningAlgorithm
    readonly createdAt: number
    readonly activatesAt: number
  },
  masterKey: MasterKey,
  random: Random,
): StoredKeySet {
  const scalar = random.bytes(scalarBytes)
  const secret = random.bytes(scalarBytes)
  const { kty, crv, x, y } = createPublicKey(privateKeyOf(set.algorithm, scalar)).export({ format: 'jwk' })
  const kid = thumbprint({ kty, crv, x, y } as Parameters<typeof thumbprint>[0])
  const publicJwk = { kty, crv, x, ...(y === undefined ? {} : { y }), kid, use: 'sig', alg: set.algorithm }
  const sealed = seal(Buffer.concat([scalar, secret]), context(set.number, kid), masterKey, random)
  return { ...set, kid, publicJwk: JSON.stringify(publicJwk), sealed, supersededAt: undefined, revokedAt: undefined }
}

/** What is sealed of a set, under another master key. @throws SealError if `from` does not open it. */
export const resealKeySet = (
  { number, kid, sealed }: Pick<StoredKeySet, 'number' | 'kid' | 'sealed'>,
  from: MasterKey,
  to: MasterKey,
  random: Random,
): Uint8Array => seal(unseal(sealed, context(number, kid), from), context(number, kid), to, random)

/** @throws SealError under another master key. */
export function openKeySet(stored: StoredKeySet, masterKey: MasterKey): KeySet {
  const plain = unseal(stored.sealed, context(stored.number, stored.kid), masterKey)
  const privateKey = privateKeyOf(stored.algorithm, plain.subarray(0, scalarBytes))
  const secret = plain.subarray(scalarBytes)
  const derived = new Map<SecretPurpose, KeyObject>()
  return {
    number: stored.number,
    kid: stored.kid,
    algorithm: stored.algorithm,
    publicJwk: JSON.parse(stored.publicJwk) as PublicJwk,
    privateKey,
    publicKey: createPublicKey(privateKey),
    createdAt: stored.createdAt,
    activatesAt: stored.activatesAt,
    supersededAt: stored.supersededAt,
    revokedAt: stored.revokedAt,
    secret(purpose) {
      const known = derived.get(purpose)
      if (known) return known
      // A key object: from bytes, Node.js would make one anew for each MAC, which takes six times as long as the MAC.
      const key = createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', `countersign ${purpose}`, 32)))
      derived.set(purpose, key)
      return key
    },
  }
}
