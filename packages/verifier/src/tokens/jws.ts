import type { CryptoKey } from 'jose'
import { isRecord } from '../transport/http.ts'

/** The members of a JOSE header that are read (RFC 7515 §4.1). Those that name other keys are not (RFC 8725 §3.10). */
export interface JwsHeader {
  readonly alg: unknown
  readonly kid: unknown
  readonly typ: unknown
  readonly crit: unknown
}

/** The parts of a JWS in compact serialization (RFC 7515 §7.1), decoded. */
export interface Jws {
  /** The text of the header, as it was sent: equal texts are equal headers. */
  readonly headerText: string
  readonly payloadText: string
  readonly signature: Uint8Array<ArrayBuffer>
  /** What was signed (RFC 7515 §5.1). */
  readonly signed: Uint8Array<ArrayBuffer>
}

/** Three parts of base64url. */
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]*$/

export const looksLikeJwt = (token: string): boolean => compactForm.test(token)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const beyondAscii = /[^\0-\x7f]/

/** @param token Three parts of base64url. @returns `undefined` if the signature is not the base64url of anything. */
export function splitJws(token: string): Jws | undefined {
  const first = token.indexOf('.')
  const last = token.lastIndexOf('.')
  const signature = decoded(token.slice(last + 1))
  if (signature === undefined) return undefined
  return {
    headerText: token.slice(0, first),
    payloadText: token.slice(first + 1, last),
    signature: bytesOf(signature),
    signed: encoder.encode(token.slice(0, last)),
  }
}

/** The JSON object that a part contains; `undefined` if it contains none. */
export function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  const binary = decoded(part)
  if (binary === undefined) return undefined
  try {
    // ASCII is UTF-8 already.
    const value: unknown = JSON.parse(beyondAscii.test(binary) ? utf8.decode(bytesOf(binary)) : binary)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The bytes of a base64url text (RFC 4648 §5), as a string with a character for each. */
function decoded(part: string): string | undefined {
  try {
    return atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}

const algorithms = {
  ECDSA: { name: 'ECDSA', hash: 'SHA-256' },
  Ed25519: { name: 'Ed25519' },
} as const

/** Whether the signature is of this key. Never rejects. */
export async function isSignedBy(key: CryptoKey, { signature, signed }: Jws): Promise<boolean> {
  const algorithm = key.algorithm.name === 'ECDSA' ? algorithms.ECDSA : algorithms.Ed25519
  try {
    return await crypto.subtle.verify(algorithm, key, signature, signed)
  } catch {
    // Some runtimes reject a signature of the wrong length.
    return false
  }
}
