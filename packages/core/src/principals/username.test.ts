import { describe, expect, it } from 'vitest'
import { canonicalUsername, guessedAccount, requireUsername } from './username.ts'

describe('a username', () => {
  it('is compared in lower case', () => {
    for (const name of ['alice', 'Alice', 'ALICE', 'aLiCe']) expect(canonicalUsername(name)).toBe('alice')
    expect(requireUsername('Alice.Smith+x@example.com')).toBe('alice.smith+x@example.com')
  })

  it('has 1 to 64 characters and begins and ends with a letter or digit', () => {
    for (const name of ['a', '0', 'a'.repeat(64), 'a.b', 'a_b-c', 'a..b']) expect(canonicalUsername(name)).toBeDefined()
    for (const name of ['', 'a'.repeat(65), '.a', 'a.', '-a', 'a-', '@', '_a'])
      expect(canonicalUsername(name)).toBeUndefined()
  })

  it('N-157 is ASCII, so that no two look alike and differ', () => {
    const lookAlikes = [
      'аlice',
      'ａｌｉｃｅ',
      'alıce',
      'ＡLICE',
      'al\u0131ce',
      'alice\u0301',
      '\u212Aelvin',
      'álice',
      'a\u200Dlice',
    ]
    for (const name of lookAlikes) {
      expect(canonicalUsername(name)).toBeUndefined()
      expect(() => requireUsername(name)).toThrow(expect.objectContaining({ code: 'username_invalid' }))
    }
  })

  it('has no white space, control characters or anything that a log or path would read', () => {
    for (const name of [
      ' alice',
      'alice ',
      'a lice',
      'alice\n',
      'al\0ice',
      'a/b',
      'a\\b',
      '../a',
      "a'b",
      'a%61',
      'a:b',
      'a?b',
    ]) {
      expect(canonicalUsername(name)).toBeUndefined()
    }
  })
})

describe('the account that a guess is counted under', () => {
  it('N-006 is one for all spellings of one name that a lookup or a person might take for it', () => {
    const spellings = ['alice', 'ALICE', ' alice', 'alice ', 'ａｌｉｃｅ', 'ＡＬＩＣＥ', 'alice\n', '\talice']
    expect(new Set(spellings.map(guessedAccount))).toEqual(new Set(['user:alice']))
    expect(guessedAccount('Zoe\u0308')).toBe(guessedAccount('ZO\u00cb'))
  })

  it('N-006 is the key of the lookup wherever there is one: no spelling finds a person and counts elsewhere', () => {
    const names = ['alice', 'ALICE', 'Alice', 'alice ', 'al\0ice', '%61lice', 'ａlice', 'a', 'A.B@C']
    for (const name of names) {
      const canonical = canonicalUsername(name)
      if (canonical !== undefined) expect(guessedAccount(name)).toBe(`user:${canonical}`)
    }
  })

  it('N-016 is there for names that cannot exist too', () => {
    for (const name of ['', ' ', '\0', '🦊', 'a'.repeat(10_000)]) expect(guessedAccount(name)).toMatch(/^user:/)
  })
})
