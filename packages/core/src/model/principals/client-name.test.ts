import { describe, expect, it } from 'vitest'
import { isClientName } from './client-name.ts'

describe('the name of a client', () => {
  it.each(['a', 'backup', 'p C Z { }', 'Ünï cödé', '備份 伺服器', '🔑', '🔑'.repeat(64)])('may be %s', (name) => {
    expect(isClientName(name)).toBe(true)
  })

  it.each([
    ['', 'nothing'],
    [' a', 'a space before it'],
    ['a ', 'a space after it'],
    ['a\u3000', 'an ideographic space after it'],
    ['a\u0007b', 'a control character'],
    ['a\u200bb', 'a character that is not shown'],
    ['a\u00adb', 'a soft hyphen'],
    ['\ud83d', 'half a character'],
    ['\ue000', 'a character for private use'],
    ['a'.repeat(65), 'more than 64 characters'],
  ])('may not be %j: it has %s', (name) => {
    expect(isClientName(name)).toBe(false)
  })
})
