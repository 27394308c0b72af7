import { crc32 } from 'node:zlib'
import type { Random } from '../ports/system/random.ts'
import { PlainToken } from './plain-token.ts'

/** Secrets that are random and stored as digests: a client's secret, a personal token. */
export type SecretKind = 'key' | 'pat'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretLength = 30 // 178 bits
const checksumLength = 6
const shape = /^cs_(key|pat)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/

/** 62 does not divide 256: bytes from 248 on are drawn again, or the first letters would come up more often (N-105). */
function randomText(length: number, random: Random): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]
    }
  }
  return text
}

function checksum(text: string): string {
  let rest = crc32(text)
  let out = ''
  for (let i = 0; i < checksumLength; i++) {
    out = alphabet[rest % 62] + out
    rest = Math.floor(rest / 62)
  }
  return out
}

/** `cs_key_…` or `cs_pat_…`: prefix, 178 random bits, CRC-32 of both. */
export function newSecret(kind: SecretKind, random: Random): PlainToken {
  const body = `cs_${kind}_${randomText(secretLength, random)}`
  return new PlainToken(body + checksum(body))
}

/** Offline: whether the text can be a secret of this kind at all. Typing errors and forgeries cost no query (N-102). */
export function looksLikeSecret(text: string, kind: SecretKind): boolean {
  const [, prefix, , sum] = shape.exec(text) ?? []
  return prefix === kind && sum === checksum(text.slice(0, -checksumLength))
}

/** What a list shows in place of the secret: prefix, four letters, four letters. */
export const maskSecret = (text: string): string => `${text.slice(0, 11)}…${text.slice(-4)}`
