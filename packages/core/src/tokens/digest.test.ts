import { describe, expect, it } from 'vitest'
import { digest, digestText, sameBytes } from './digest.ts'

describe('digests', () => {
  it('are SHA-256 of the whole text', () => {
    expect(Buffer.from(digest('abc')).toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('of several parts differ wherever the parts differ, not only their sum', () => {
    const made = [
      digestText('ab', 'c'),
      digestText('a', 'bc'),
      digestText('abc'),
      digestText('', 'abc'),
      digestText('abc', ''),
    ]
    expect(new Set(made).size).toBe(made.length)
    expect(digestText('1:a')).not.toBe(digestText('a'))
    expect(digestText('ab', 'c')).toBe(digestText('ab', 'c'))
  })

  it('are compared as wholes: another length is another value', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    expect(sameBytes(bytes, Uint8Array.of(1, 2, 3))).toBe(true)
    expect(sameBytes(bytes, Uint8Array.of(1, 2, 4))).toBe(false)
    expect(sameBytes(bytes, Uint8Array.of(1, 2))).toBe(false)
    expect(sameBytes(new Uint8Array(), new Uint8Array())).toBe(true)
  })
})
