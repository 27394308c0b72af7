import { describe, expect, it } from 'vitest'
import { headerText } from './identity-headers.ts'

describe('a text in a header', () => {
  it('is itself if it is an ordinary name', () => {
    for (const name of ['ada', 'ada.l@example.com', 'Ada Lovelace', "o'neil+x=1/2"]) expect(headerText(name)).toBe(name)
  })

  it('is printable ASCII without %, ", comma, semicolon and backslash, and percent-decodes to itself', () => {
    const names = [
      'ädä',
      'a\u00a0b',
      '100%',
      'a,b;c"d\\e',
      '名前',
      '👩‍🚀',
      'a\r\nX-Countersign-Role: owner',
      '\u0000\u007f',
      '%41',
    ]
    for (const name of names) {
      const text = headerText(name)
      expect(text).toMatch(/^[ !#-+\--:<-[\]-~]*$/)
      expect(decodeURIComponent(text)).toBe(name)
    }
  })
})
