import { describe, expect, it } from 'vitest'
import { opaqueString } from './opaque-string.ts'

describe('an OpaqueString (RFC 8265 §4)', () => {
  it('has U+0020 for every other space, and is in NFC; case, width and spaces at the ends stay', () => {
    expect(opaqueString('a\u00a0b\u2003c\u3000d')).toBe('a b c d')
    expect(opaqueString('Z\u0065\u0301')).toBe('Z\u00e9')
    for (const same of [
      'Correct Horse Battery Staple',
      'Correct Horse Battery Staple ',
      'πßå',
      'Jack of ♦s',
      'ｗｉｄｅ',
      'ﬁ Ⅷ ½',
    ])
      expect(opaqueString(same)).toBe(same)
  })

  it('has no control, unassigned, private or ignored characters, and is not empty', () => {
    const refused = [
      '',
      'my cat is a \u0009by',
      'a\0',
      'a\u007f',
      'a\u0378',
      'a\ue000',
      'a\ud800',
      '\ufeffa',
      'a\u00ad',
      'a\u200b',
    ]
    for (const text of refused) expect(opaqueString(text), JSON.stringify(text)).toBeUndefined()
  })

  it('has what depends on its neighbours only beside them', () => {
    expect(opaqueString('می\u200cخواهم')).toBeDefined()
    expect(opaqueString('a\u200cb')).toBeUndefined()
  })
})
