import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteFlips } from '../testing/forged-token.ts'
import { testMasterKey } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { SealError, seal, unseal } from './sealing.ts'

const random = new SeededRandom('sealing')
const plain = Buffer.from('sixty-four bytes of key material')

describe('a sealed value', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, context) => {
        const opened = unseal(seal(bytes, context, testMasterKey, random), context, testMasterKey)
        expect(Buffer.from(opened).equals(Buffer.from(bytes))).toBe(true)
      }),
    )
  })

  it('does not open with any one bit altered', () => {
    const sealed = seal(plain, 'key set 1 a', testMasterKey, random)
    let tried = 0
    for (const altered of byteFlips(sealed)) {
      tried++
      expect(() => unseal(altered, 'key set 1 a', testMasterKey)).toThrow(SealError)
    }
    expect(tried).toBe((12 + plain.length + 16) * 8)
  })

  it('does not open when it was moved to another row', () => {
    const sealed = seal(plain, 'key set 1 a', testMasterKey, random)
    for (const context of ['key set 2 a', 'key set 1 b', '', 'key set 1 a ']) {
      expect(() => unseal(sealed, context, testMasterKey)).toThrow(SealError)
    }
  })

  it('does not open cut to any length', () => {
    const sealed = seal(plain, 'a', testMasterKey, random)
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(sealed.subarray(0, length), 'a', testMasterKey)).toThrow(SealError)
    }
  })

  it('does not open under another master key, and the error says neither key nor content', () => {
    const sealed = seal(plain, 'key set 1 a', testMasterKey, random)
    const other = random.bytes(32)
    expect(() => unseal(sealed, 'key set 1 a', other)).toThrow(
      'cannot open the sealed key set 1 a: wrong master key or altered data',
    )
  })

  it('never looks the same twice', () => {
    const made = Array.from({ length: 100 }, () => Buffer.from(seal(plain, 'a', testMasterKey, random)).toString('hex'))
    expect(new Set(made).size).toBe(100)
    expect(new Set(made.map((text) => text.slice(0, 24))).size).toBe(100)
  })
})
