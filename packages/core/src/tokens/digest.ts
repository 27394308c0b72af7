import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a secret: what is stored in its place. */
export const digest = (secret: string): Uint8Array => hash('sha256', secret, 'buffer')

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)

/** A digest as text, for keys of maps and counters. */
export const digestText = (...parts: readonly string[]): string => {
  let text = ''
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`
  return hash('sha256', text, 'base64url')
}
