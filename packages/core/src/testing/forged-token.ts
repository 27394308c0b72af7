import { sign } from 'node:crypto'
import type { KeySet } from '../keys/key-set.ts'
import type { AccessClaims } from '../tokens/access-claims.ts'

/** Half the order of P-256: a signature with a higher s is spelled the second way. */
export const p256Order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

export const base64url = (data: Uint8Array | string): string => Buffer.from(data).toString('base64url')

/** One segment: a text as it stands, anything else as JSON. */
export const segment = (value: unknown): string => base64url(typeof value === 'string' ? value : JSON.stringify(value))

/** The header that the issuer writes. */
export const headerOf = (keys: KeySet) => ({ alg: keys.algorithm, typ: 'at+jwt', kid: keys.kid })

/** Claims that the issuer could write at this moment, but for what is given. */
export const claimsAt = (now: number, given: Readonly<Record<string, unknown>> = {}): AccessClaims =>
  ({
    iss: 'https://auth.example',
    sub: '006b49d200a1b2c3d4e5f6',
    aud: 'https://auth.example',
    client_id: 'countersign',
    iat: now,
    exp: now + 600,
    jti: 'b2xkIGZyaWVuZHM',
    sid: '006b49d200f6e5d4c3b2a1',
    role: 'viewer',
    scope: 'read write',
    ...given,
  }) as unknown as AccessClaims

/** 64 bytes r ‖ s, with the lower s unless the higher is asked for. */
export function ecdsaSignature(
  keys: Pick<KeySet, 'privateKey'>,
  input: string,
  spelling: 'low' | 'high' = 'low',
): Buffer {
  const signature = sign('sha256', Buffer.from(input), { key: keys.privateKey, dsaEncoding: 'ieee-p1363' })
  const s = BigInt(`0x${signature.toString('hex', 32)}`)
  const isLow = s <= p256Order >> 1n
  const wanted = isLow === (spelling === 'low') ? s : p256Order - s
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(wanted.toString(16).padStart(64, '0'), 'hex')])
}

/** A token with any header and payload, truly signed by the key: only what it says may be wrong with it. */
export function trulySigned(keys: KeySet, header: unknown, payload: unknown): string {
  const input = `${segment(header)}.${segment(payload)}`
  const signature =
    keys.algorithm === 'ES256' ? ecdsaSignature(keys, input) : sign(null, Buffer.from(input), keys.privateKey)
  return `${input}.${base64url(signature)}`
}

/** Every text that differs from this one in one bit of one character. */
export function* bitFlips(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
    }
  }
}

/** Every value that differs from these bytes in one bit. */
export function* byteFlips(bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length * 8; at++) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
    yield flipped
  }
}
