// Formats a new TOTP secret for users and clients: Base32, an `otpauth` URI, a QR code. Knows nothing of HTTP or the
// store.
import { base32, otpauthUri } from '@countersign/core'

/** Label prefix of the account in an authenticator app. */
const issuerName = 'Countersign'

/** Few enrol, so that it is loaded on first use. */
const qrCode = async () => (await import('qrcode')).default

/** One secret in three formats. Shown to the user; never stored. */
export interface TotpSetup {
  /** Base32 (RFC 4648 §6), without padding. */
  readonly secret: string
  readonly otpauthUrl: string
  /** PNG of the QR code as a data URL. */
  readonly qr: string
}

/** Formats a secret for its user. */
export async function totpSetup(username: string, secret: Uint8Array): Promise<TotpSetup> {
  const otpauthUrl = otpauthUri(issuerName, username, secret)
  return { secret: base32(secret), otpauthUrl, qr: await (await qrCode()).toDataURL(otpauthUrl) }
}

/**
 * The QR code in half-block characters with explicit colours: dark on light in every terminal theme, because some
 * phones cannot read the inverse.
 */
export const terminalQrCode = async (text: string): Promise<string> =>
  (await qrCode()).toString(text, { type: 'terminal', small: true })
