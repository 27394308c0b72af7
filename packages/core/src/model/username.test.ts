import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalUsername, guessedAccount, longestUsernameBytes, requireUsername } from './username.ts'

const invalid = expect.objectContaining({ code: 'username_invalid' })

describe('a username', () => {
  it('is compared in lower case and shown as it was given', () => {
    for (const name of ['alice', 'Alice', 'ALICE', 'aLiCe']) expect(canonicalUsername(name)).toBe('alice')
    const forms = requireUsername('Alice.Smith+x@example.com')
    expect([forms.username, forms.canonicalName]).toEqual(['Alice.Smith+x@example.com', 'alice.smith+x@example.com'])
  })

  it('may be of any script, and of parts with single spaces between them (RFC 8265 §3.1)', () => {
    for (const name of [
      'a b',
      'Ünï',
      'Михаил Ломоносов',
      '山田 太郎',
      'אבג',
      'محمد',
      'x'.repeat(200),
      'a:b',
      'a/b',
      '_a',
      '.a',
    ])
      expect(requireUsername(name).username).toBe(name)
  })

  it('is one name in every letter case, width and normalisation', () => {
    const spellings = [
      [
        'ünï',
        'ÜNÏ',
        'u\u0308ni\u0308',
        'Ünï'.normalize('NFD'),
        'ＵＮＩ'.replace('Ｕ', 'Ü').replace('Ｉ', 'Ï').replace('Ｎ', 'ｎ'),
      ],
      ['alice', 'ＡＬＩＣＥ', 'ａｌｉｃｅ'],
      ['a b', 'A\u3000B', 'ａ ｂ'],
      ['가', '가'.normalize('NFD')],
      ['ガ', 'ｶﾞ', 'カ\u3099'],
    ]
    for (const [canonical, ...others] of spellings)
      for (const name of others) expect(canonicalUsername(name), name).toBe(canonical)
  })

  it('has at most 255 bytes', () => {
    expect(longestUsernameBytes).toBe(255)
    expect(canonicalUsername('a'.repeat(255))).toBe('a'.repeat(255))
    expect(canonicalUsername('ü'.repeat(127))).toBeDefined()
    for (const name of ['', 'a'.repeat(256), 'ü'.repeat(128), 'a'.repeat(1_000_000)])
      expect(canonicalUsername(name)).toBeUndefined()
  })

  it('has no spaces at an end or side by side, and no other spaces', () => {
    for (const name of [' alice', 'alice ', 'a  b', 'a\u00a0b', 'a\u2003b', '\u3000a', ' ', 'a\tb', 'a\nb'])
      expect(() => requireUsername(name), JSON.stringify(name)).toThrow(invalid)
  })

  it('has no control, unassigned, private, ignored or compatibility characters, no symbols', () => {
    const names = ['al\0ice', 'a\u007f', 'a\u0085', 'a\u0378', 'a\ue000', 'a\ud800', 'a\u200bb', 'a\u00adb', 'a\u202eb']
    for (const name of [...names, 'a\ufeff', 'ﬁ', 'Ⅷ', 'ｱ\u2460', '🦊', 'a\u200db', '\u0640a', '\u1100'])
      expect(() => requireUsername(name), JSON.stringify(name)).toThrow(invalid)
  })

  it('has code points that depend on their neighbours only beside them (RFC 5892 appendix A)', () => {
    for (const name of ['l·l', 'ア・イ', '\u0915\u094d\u200d\u0937', 'می\u200cخواهم', '\u05d0\u05f3', '\u0375\u03b1'])
      expect(canonicalUsername(name), name).toBeDefined()
    for (const name of ['a·b', 'a・b', 'را\u200cنده', '\u05f3a', '\u0375a', '\u0661\u06f1'])
      expect(canonicalUsername(name), name).toBeUndefined()
  })

  it('reads the same way everywhere: the Bidi Rule (RFC 5893 §2) holds in each part', () => {
    for (const name of ['אבג', 'אב1', 'א-ב', 'abc אבג', 'אב\u05b0', 'Ünï א'])
      expect(canonicalUsername(name), name).toBeDefined()
    for (const name of ['אa', 'aא', '1א', '-א', 'א-', '\u0627\u0661\u0031', '\u0661'])
      expect(canonicalUsername(name), name).toBeUndefined()
  })

  it('its canonical form is a username again, and its own canonical form', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 40 })
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ unit: 'binary', maxLength: 20 })), (given) => {
        const canonical = canonicalUsername(given)
        if (canonical === undefined) return
        expect(canonicalUsername(canonical)).toBe(canonical)
        const { username } = requireUsername(given)
        expect(canonicalUsername(username)).toBe(canonical)
        expect(username.normalize('NFC')).toBe(username)
      }),
      { numRuns: 2000 },
    )
  })

  it('behaves as before where it is one of the ASCII names that were permitted before', () => {
    const before = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._@+-]{0,62}[A-Za-z0-9])?$/)
    fc.assert(
      fc.property(before, (name) => {
        const forms = requireUsername(name)
        const canonical = name.toLowerCase()
        const filled = canonical.replaceAll('m', 'rn').replaceAll('1', 'l').replaceAll('0', 'o')
        expect(forms).toEqual({ username: name, canonicalName: canonical, nameSkeleton: filled })
      }),
    )
  })
})

describe('the skeleton of a name', () => {
  const skeletonOf = (name: string) => requireUsername(name).nameSkeleton

  it('N-157 is one for names that look alike', () => {
    const pairs = [
      ['alice', 'аlice'],
      ['alice', 'alıce'.replace('ı', 'і')],
      ['paypal', 'раураl'],
      ['modern', 'rnodern'],
      ['user1', 'userl'],
      ['b0b', 'bob'],
      ['Mary', 'ꓟary'],
      ['soso', 'ѕоѕо'],
      ['e\u0301', 'é'],
    ] as const
    for (const [one, other] of pairs) expect(skeletonOf(one), other).toBe(skeletonOf(other))
  })

  it('N-157 differs where names differ', () => {
    for (const [one, other] of [
      ['alice', 'alicia'],
      ['müller', 'muller'],
      ['山田', '山口'],
      ['a b', 'ab'],
    ] as const)
      expect(skeletonOf(one)).not.toBe(skeletonOf(other))
  })
})

describe('the account that a guess is counted under', () => {
  it('is one for all spellings of one name that a lookup or a user might take for it', () => {
    const spellings = ['alice', 'ALICE', ' alice', 'alice ', 'ａｌｉｃｅ', 'ＡＬＩＣＥ', 'alice\n', '\talice']
    expect(new Set(spellings.map(guessedAccount))).toEqual(new Set(['user:alice']))
    expect(guessedAccount('Zoe\u0308')).toBe(guessedAccount('ZO\u00cb'))
  })

  it('is one for names that look alike, and for spellings that are no username', () => {
    const spellings = ['alice', 'аlice', 'al\u200bice', 'alice\u00ad', 'ａlicе']
    expect(new Set(spellings.map(guessedAccount))).toEqual(new Set(['user:alice']))
    expect(guessedAccount('a\u00a0b')).toBe(guessedAccount('a b'))
  })

  it('is one for whatever finds the same user', () => {
    const names = ['alice', 'ALICE', 'al\0ice', '%61lice', 'ａlice', 'a', 'A.B@C', 'Ünï', 'A\u3000B', 'm1', 'ΟΔΟΣ']
    for (const name of names) {
      const canonical = canonicalUsername(name)
      if (canonical !== undefined) expect(guessedAccount(name)).toBe(guessedAccount(canonical))
    }
  })

  it('is there for names that cannot exist too', () => {
    for (const name of ['', ' ', '\0', '🦊', 'a'.repeat(10_000), '\ud800'])
      expect(guessedAccount(name)).toMatch(/^user:/)
  })
})
