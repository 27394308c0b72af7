import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

const macBytes = 16
const idBytes = 11
const bodyBytes = idBytes + 4

/** The least content of a self-contained token: an id, a number, and a MAC over both. */
export interface MacToken {
  /** 22 hex digits. */
  readonly id: string
  /** An expiry, a generation or a serial number: four bytes. */
  readonly number: number
}

const mac = (key: KeyObject, body: Buffer): Buffer =>
  createHmac('sha256', key).update(body).digest().subarray(0, macBytes)

export function writeMacToken(key: KeyObject, { id, number }: MacToken): string {
  const body = Buffer.alloc(bodyBytes)
  body.write(id, 0, 'hex')
  body.writeUInt32BE(number, idBytes)
  return Buffer.concat([body, mac(key, body)]).toString('base64url')
}

export function readMacToken(key: KeyObject, text: string): MacToken | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== bodyBytes + macBytes) return undefined
  const body = bytes.subarray(0, bodyBytes)
  if (!timingSafeEqual(mac(key, body), bytes.subarray(bodyBytes))) return undefined
  return { id: body.toString('hex', 0, idBytes), number: body.readUInt32BE(idBytes) }
}
