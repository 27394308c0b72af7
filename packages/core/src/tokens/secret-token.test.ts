import { describe, expect, it } from 'vitest'
import type { Random } from '../ports/system/random.ts'
import { bitFlips } from '../testing/forged-token.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { looksLikeSecret, maskSecret, newSecret } from './secret-token.ts'

const random = new SeededRandom('secrets')
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

describe('a random secret', () => {
  it('carries its kind and fits no other kind', () => {
    for (const kind of ['key', 'pat'] as const) {
      const text = newSecret(kind, random).reveal()
      expect(text).toMatch(new RegExp(`^cs_${kind}_[0-9A-Za-z]{36}$`))
      expect(looksLikeSecret(text, kind)).toBe(true)
      expect(looksLikeSecret(text, kind === 'key' ? 'pat' : 'key')).toBe(false)
    }
  })

  it('is refused cut to any length or extended', () => {
    const text = newSecret('pat', random).reveal()
    for (let length = 0; length < text.length; length++)
      expect(looksLikeSecret(text.slice(0, length), 'pat')).toBe(false)
    for (const more of ['a', '0', ' ', '\n', '\0', '=']) {
      expect(looksLikeSecret(text + more, 'pat')).toBe(false)
      expect(looksLikeSecret(more + text, 'pat')).toBe(false)
    }
  })

  it('is refused offline with any one bit changed, whether in prefix, secret or checksum', () => {
    const text = newSecret('key', random).reveal()
    const accepted = [...bitFlips(text)].filter((flipped) => looksLikeSecret(flipped, 'key'))
    expect(accepted).toEqual([])
  })

  it('is refused offline with two letters exchanged or the case of one changed', () => {
    const text = newSecret('key', random).reveal()
    for (let at = 7; at + 1 < text.length; at++) {
      const [a = '', b = ''] = [text[at], text[at + 1]]
      const other = a.toLowerCase() === a ? a.toUpperCase() : a.toLowerCase()
      if (a !== b) expect(looksLikeSecret(text.slice(0, at) + b + a + text.slice(at + 2), 'key')).toBe(false)
      if (a !== other) expect(looksLikeSecret(text.slice(0, at) + other + text.slice(at + 1), 'key')).toBe(false)
    }
  })

  it('N-105 in 1,000,000 of them uses each letter equally often (χ²), and none is made twice', () => {
    const made = 1_000_000
    const counts = new Uint32Array(128)
    const seen = new Set<string>()
    for (let i = 0; i < made; i++) {
      const text = newSecret('pat', random).reveal().slice(7, 37)
      seen.add(text)
      for (let at = 0; at < text.length; at++) counts[text.charCodeAt(at)] = (counts[text.charCodeAt(at)] ?? 0) + 1
    }
    expect(seen.size).toBe(made)
    const ofLetters = [...alphabet].map((letter) => counts[letter.charCodeAt(0)] ?? 0)
    const expected = (made * 30) / 62
    const chi2 = ofLetters.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 61 degrees of freedom: a fair source exceeds 113 once in 50,000 times. With `byte % 62` it would be above 10,000.
    expect(chi2).toBeLessThan(113)
    expect(chi2).toBeGreaterThan(20)
  }, 60_000)

  it('N-105 draws again what would make some letters likelier', () => {
    const scripted: Random = { bytes: (count) => Uint8Array.from({ length: count }, () => script.shift() ?? 61) }
    const script = [248, 255, 250, 0, 247]
    expect(newSecret('key', scripted).reveal().slice(7, 37)).toBe(`0${alphabet[247 % 62]}${'z'.repeat(28)}`)
  })

  it('is shown in lists as its beginning and end: 8 letters of 36', () => {
    const text = newSecret('pat', random).reveal()
    const mask = maskSecret(text)
    expect(mask).toBe(`cs_pat_${text.slice(7, 11)}…${text.slice(-4)}`)
    expect(looksLikeSecret(mask, 'pat')).toBe(false)
  })
})
