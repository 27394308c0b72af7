import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { macOf } from './mac.ts'

const expected = (secret: Uint8Array, message: Uint8Array | string) =>
  createHmac('sha256', secret).update(message).digest('hex')

describe('a MAC', () => {
  it('is HMAC-SHA-256 (RFC 4231)', () => {
    const key = createSecretKey(Buffer.from('Jefe'))
    expect(macOf(key, 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('is that of node:crypto, for keys and messages of every length', () => {
    for (const keyBytes of [1, 31, 32, 33, 63, 64]) {
      const secret = randomBytes(keyBytes)
      const key = createSecretKey(secret)
      // A long message before a short one: nothing of it may be left.
      for (const length of [2048, 0, 1, 24, 63, 64, 65, 2047, 2049, 8192, 3]) {
        const message = randomBytes(length)
        expect(macOf(key, message).toString('hex')).toBe(expected(secret, message))
        const text = 'é'.repeat(length)
        expect(macOf(key, text).toString('hex')).toBe(expected(secret, text))
      }
    }
  })

  it('refuses a key that would have to be hashed', () => {
    expect(() => macOf(createSecretKey(randomBytes(65)), '')).toThrow(RangeError)
  })
})
