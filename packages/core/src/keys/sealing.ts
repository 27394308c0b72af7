import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Random } from '../ports/system/random.ts'

const nonceBytes = 12
const tagBytes = 16

/** 32 bytes kept outside the database: without them a copy of it yields no usable token (N-218). */
export type MasterKey = Uint8Array

/**
 * Seals bytes with AES-256-GCM. `context` is authenticated with them: a sealed value moved to another row does not open.
 */
export function seal(plain: Uint8Array, context: string, masterKey: MasterKey, random: Random): Uint8Array {
  const nonce = random.bytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** @throws SealError if it was made under another key or for another context, or was altered. */
export function unseal(sealed: Uint8Array, context: string, masterKey: MasterKey): Uint8Array {
  try {
    const nonce = sealed.subarray(0, nonceBytes)
    const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-tagBytes))
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch (cause) {
    throw new SealError(context, cause)
  }
}

/** A sealed value does not open: the master key is not the one it was made under, or the data were altered. */
export class SealError extends Error {
  constructor(context: string, cause: unknown) {
    super(`cannot open the sealed ${context}: wrong master key or altered data`, { cause })
    this.name = 'SealError'
  }
}
