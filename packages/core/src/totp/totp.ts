import { createHmac } from 'node:crypto'
import { sameBytes } from '../tokens/digest.ts'

/** RFC 6238 §4: time step in seconds. */
export const totpStepSeconds = 30
/** Steps before and after the present one that are accepted too (RFC 6238 §5.2). */
export const totpDriftSteps = 1
/** Bytes of a secret: the length of an HMAC-SHA-1 (RFC 4226 §4). */
export const totpSecretBytes = 20

const digits = 6

/** The code of one step: HMAC-SHA-1, dynamic truncation, six digits (RFC 4226 §5.3). */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = mac.readUInt8(mac.length - 1) & 0x0f
  const value = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits
  return value.toString().padStart(digits, '0')
}

/**
 * The step that a code belongs to, among the present one and its two neighbours. Only six ASCII digits are a code:
 * nothing is trimmed or converted (N-035).
 *
 * @param ahead Steps after the present one that are accepted, at most `totpDriftSteps`, which is the default.
 */
export function matchingStep(
  secret: Uint8Array,
  code: string,
  now: number,
  ahead: number = totpDriftSteps,
): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined
  const present = Math.floor(now / totpStepSeconds)
  let found: number | undefined
  for (let step = present - totpDriftSteps; step <= present + totpDriftSteps; step++) {
    // All of them are computed, whichever matches and whichever is accepted.
    const matches = step >= 0 && sameBytes(Buffer.from(totpCode(secret, step)), Buffer.from(code))
    if (matches && step <= present + ahead) found = step
  }
  return found
}

/** The last step of which a code may have been accepted by `now`: codes up to it may have been spent. */
export const latestTotpStep = (now: number): number => Math.floor(now / totpStepSeconds) + totpDriftSteps

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding: how authenticator apps take a secret. */
export function base32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31]
}

/** The `otpauth:` URI that a QR code carries. Names are encoded, so that none adds a parameter (N-046). */
export function otpauthUri(issuerName: string, username: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuerName)}:${encodeURIComponent(username)}`
  const parameters = `secret=${base32(secret)}&issuer=${encodeURIComponent(issuerName)}`
  return `otpauth://totp/${label}?${parameters}&algorithm=SHA1&digits=${digits}&period=${totpStepSeconds}`
}
