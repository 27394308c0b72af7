import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeySet } from '../keys/key-set.ts'
import { testKeySet } from '../testing/key-sets.ts'
import {
  looksLikeHexToken,
  looksLikeMachineToken,
  machineTokenId,
  readHexToken,
  readMachineToken,
  writeApiToken,
  writeHexToken,
  writeMachineToken,
} from './opaque-token.ts'

const keys = testKeySet()
const sets = new Map<number, KeySet>(
  [keys, testKeySet({ number: 2 }), testKeySet({ number: 255 })].map((it) => [it.number, it]),
)
const keysOf = (number: number) => sets.get(number)

const authorizationId = fc
  .uint8Array({ minLength: 11, maxLength: 11 })
  .map((bytes) => Buffer.from(bytes).toString('hex'))
const uint32 = fc.nat({ max: 0xffff_ffff })
const purpose = fc.constantFrom('hex access', 'hex refresh', 'session cookie')
const number = fc.constantFrom(...sets.keys())
const setOf = (at: number) => sets.get(at) ?? keys

describe('a client token', () => {
  const token = fc.record({ authorizationId, issuedAt: uint32, lifetimeSeconds: uint32, serial: uint32 })

  it('is read as it was written, whatever it says', () => {
    fc.assert(
      fc.property(token, number, (given, at) => {
        const text = writeMachineToken(setOf(at), given)
        expect(text).toMatch(/^cs_at_[\w-]{54}$/)
        expect(looksLikeMachineToken(text)).toBe(true)
        expect(readMachineToken(text, keysOf)).toEqual(given)
      }),
    )
  })

  it('for an API is read as it was written, and neither form passes for the other', () => {
    const word = fc.stringMatching(/^[a-z:.]{1,64}$/)
    const ofApi = fc.record({
      authorizationId,
      issuedAt: uint32,
      lifetimeSeconds: uint32,
      serial: uint32,
      apiId: authorizationId,
      scope: fc.array(word, { maxLength: 64 }),
      actors: fc.array(word, { maxLength: 8 }),
      clientEpoch: fc.option(fc.nat(), { nil: undefined }),
      ancestors: fc.array(word, { maxLength: 8 }),
    })
    fc.assert(
      fc.property(ofApi, number, (given, at) => {
        const text = writeApiToken(setOf(at), given)
        expect(readMachineToken(text, keysOf)).toEqual(given)
        // Cut to the length of the other form, or with the other form's bytes in front.
        const plain = writeMachineToken(setOf(at), given)
        expect(readMachineToken(text.slice(0, plain.length), keysOf)).toBeUndefined()
        expect(readMachineToken(plain + text.slice(plain.length), keysOf)).toBeUndefined()
      }),
    )
  })

  it('has a name of its own among those of its Authorization', () => {
    const property = fc.property(fc.uniqueArray(fc.tuple(uint32, uint32), { selector: String }), (pairs) => {
      const ids = pairs.map(([issuedAt, serial]) =>
        machineTokenId({ authorizationId: '0'.repeat(22), issuedAt, serial, lifetimeSeconds: 1 }),
      )
      expect(new Set(ids).size).toBe(pairs.length)
    })
    fc.assert(property)
  })

  it('is refused under a key set that is unknown or no longer kept', () => {
    const text = writeMachineToken(keys, {
      authorizationId: 'a'.repeat(22),
      issuedAt: 1,
      lifetimeSeconds: 1,
      serial: 1,
    })
    expect(readMachineToken(text, () => undefined)).toBeUndefined()
    expect(readMachineToken(text, () => sets.get(2))).toBeUndefined()
  })

  it('is refused without a look-up of keys if its length is wrong', () => {
    const asked: number[] = []
    const ask = (at: number) => {
      asked.push(at)
      return keys
    }
    expect(readMachineToken('cs_at_', ask)).toBeUndefined()
    expect(readMachineToken(`cs_at_${'A'.repeat(53)}`, ask)).toBeUndefined()
    expect(readMachineToken(`cs_at_${'A'.repeat(100_000)}`, ask)).toBeUndefined()
    expect(asked).toEqual([])
  })
})

describe('a hex token', () => {
  const token = fc.record({ authorizationId, generation: uint32 })

  it('is read as it was written, for its own purpose', () => {
    fc.assert(
      fc.property(token, purpose, number, (given, what, at) => {
        const text = writeHexToken(setOf(at), what, given)
        expect(looksLikeHexToken(text)).toBe(true)
        expect(readHexToken(text, what, keysOf)).toEqual(given)
      }),
    )
  })

  it('is refused for every other purpose', () => {
    fc.assert(
      fc.property(token, purpose, purpose, (given, made, asked) => {
        fc.pre(made !== asked)
        expect(readHexToken(writeHexToken(keys, made, given), asked, keysOf)).toBeUndefined()
      }),
    )
  })

  it('is the same each time it is written: nothing about it needs to be stored', () => {
    const given = { authorizationId: 'b'.repeat(22), generation: 4 }
    expect(writeHexToken(keys, 'hex refresh', given)).toBe(writeHexToken(testKeySet(), 'hex refresh', given))
  })

  it('cannot be made without the secret: another secret under the same number does not fit', () => {
    const thief = testKeySet({ seed: 'a copy of the database without its master key' })
    const text = writeHexToken(thief, 'hex access', { authorizationId: 'c'.repeat(22), generation: 0 })
    expect(readHexToken(text, 'hex access', keysOf)).toBeUndefined()
  })
})
