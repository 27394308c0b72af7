// What sets up an authenticator, as people and programs take it: letters, a URI, a picture. It knows no wire and no store.
import { base32, otpauthUri } from '@countersign/core'
import QRCode from 'qrcode'

/** The account's name in an authenticator begins with it. */
const issuerName = 'Countersign'

/** One secret in its three forms. Shown, never stored. */
export interface TotpSetup {
  /** Base32 (RFC 4648 §6), without padding. */
  readonly secret: string
  readonly otpauthUrl: string
  /** A PNG of the QR code as a data URL. */
  readonly qr: string
}

/** Renders a secret for whoever shall set it up. */
export async function totpSetup(username: string, secret: Uint8Array): Promise<TotpSetup> {
  const otpauthUrl = otpauthUri(issuerName, username, secret)
  return { secret: base32(secret), otpauthUrl, qr: await QRCode.toDataURL(otpauthUrl) }
}

/**
 * The QR code in half-block characters, with colours of its own: dark on light whatever the terminal's theme is, since a
 * phone may not read the reverse.
 */
export const terminalQrCode = (text: string): Promise<string> =>
  QRCode.toString(text, { type: 'terminal', small: true })
