/*
 * The spelling of every token: written from values, read and authenticated without a store.
 * This folder must not know whether what a token stands for is active.
 */
import { type KeyObject, sign, verify } from 'node:crypto'
import type { KeySet } from '../keys/key-set.ts'
import { sameBytes } from './digest.ts'
import { macOf } from './mac.ts'

/** Longer ones are refused before anything is decoded (N-091). */
export const maximumTokenLength = 8192

/** The three parts of a compact JWS (RFC 7515 §7.1), decoded but not believed. */
export interface CompactToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly signingInput: string
  readonly signature: Buffer
}

const compact = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** Decodes only the one canonical spelling: no padding, no stray last bits (N-078). */
function decodeCanonical(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url')
  return bytes.toString('base64url') === segment ? bytes : undefined
}

/** Reads only the one canonical spelling that we write: so no name can stand twice (N-082). */
function parseCanonical(segment: string): Record<string, unknown> | undefined {
  const text = decodeCanonical(segment)?.toString('utf8')
  if (text === undefined || !text.startsWith('{')) return undefined
  try {
    const value: Record<string, unknown> = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined // not JSON: the caller treats it as any other token that is not ours
  }
}

/** Takes a compact JWS apart. `undefined` for anything else: JSON serializations, 2, 4 or 5 segments, other alphabets. */
export function parseCompact(token: string): CompactToken | undefined {
  if (token.length > maximumTokenLength) return undefined
  const [, head, body, tail] = compact.exec(token) ?? []
  if (head === undefined || body === undefined || tail === undefined) return undefined
  const header = parseCanonical(head)
  const payload = header && parseCanonical(body)
  const signature = payload && decodeCanonical(tail)
  return signature && { header, payload, signingInput: `${head}.${body}`, signature }
}

/** Exactly these three members: `crit`, `jku`, `jwk`, `x5u`, `zip`, `b64`, `cty` and whatever comes next are refused. */
export function headerIs(header: CompactToken['header'], expected: { alg: string; typ: string; kid: string }): boolean {
  const { alg, typ, kid } = header
  return (
    Object.keys(header).length === 3 &&
    alg === expected.alg &&
    (typ === expected.typ || typ === `application/${expected.typ}`) &&
    kid === expected.kid
  )
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const writtenHeaders = new Map<string, string>()

/** The header of the tokens of one key and type: always the same. */
function encodedHeader(alg: string, typ: string, kid: string): string {
  const name = `${alg} ${typ} ${kid}`
  const known = writtenHeaders.get(name)
  if (known !== undefined) return known
  if (writtenHeaders.size >= mostHeaders) writtenHeaders.clear()
  const written = encode({ alg, typ, kid })
  writtenHeaders.set(name, written)
  return written
}

/** More than the key sets of a server, each with its types. */
const mostHeaders = 256

// Order of P-256. A signature (r, s) is as valid as (r, n − s); only the one with the lower s is made and accepted, so
// that a token has exactly one spelling.
const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const half = Buffer.from((order >> 1n).toString(16).padStart(64, '0'), 'hex')
/** The numbers are big-endian and of one length: their order is that of their bytes. */
const isLow = (signature: Buffer): boolean => half.compare(signature, 32) >= 0
const lowS = (signature: Buffer): Buffer => {
  if (isLow(signature)) return signature
  const low = (order - BigInt(`0x${signature.toString('hex', 32)}`)).toString(16).padStart(64, '0')
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(low, 'hex')])
}

/**
 * An ECDSA signature as JOSE has it (RFC 7518 §3.4), r and s of 32 bytes each, out of DER. Node.js would do it for
 * `dsaEncoding`, but an options object in the place of the bare key doubles the time of a signature.
 */
function concatenated(der: Buffer): Buffer {
  const out = Buffer.alloc(64)
  let at = 3
  for (const end of [32, 64]) {
    const length = der.readUInt8(at)
    const integer = der.subarray(at + 1 + Math.max(0, length - 32), at + 1 + length)
    out.set(integer, end - integer.length)
    at += 2 + length
  }
  return out
}

/** Signs a JWT under the set's one algorithm. `typ` as RFC 9068 §2.1 spells it: without `application/`. */
export function signToken(keys: KeySet, typ: string, claims: object): string {
  const input = `${encodedHeader(keys.algorithm, typ, keys.kid)}.${encode(claims)}`
  const data = Buffer.from(input)
  const signature =
    keys.algorithm === 'ES256'
      ? lowS(concatenated(sign('sha256', data, keys.privateKey)))
      : sign(null, data, keys.privateKey)
  return `${input}.${signature.toString('base64url')}`
}

/** Whether the signature is the set's, under the set's algorithm and no other. */
export function signatureIs(keys: KeySet, token: CompactToken): boolean {
  const { signature } = token
  if (signature.length !== 64) return false
  const data = Buffer.from(token.signingInput)
  if (keys.algorithm === 'EdDSA') return verify(null, data, keys.publicKey, signature)
  if (!isLow(signature)) return false
  return verify('sha256', data, { key: keys.publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

/** Authenticates a JWT that only its issuer reads: HS256 under a key of its own. The same claims give the same token. */
export function macToken(key: KeyObject, kid: string, typ: string, claims: object): string {
  const input = `${encodedHeader('HS256', typ, kid)}.${encode(claims)}`
  return `${input}.${macOf(key, input).toString('base64url')}`
}

export const macIs = (key: KeyObject, token: CompactToken): boolean =>
  sameBytes(macOf(key, token.signingInput), token.signature)
