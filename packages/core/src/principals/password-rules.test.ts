import { describe, expect, it } from 'vitest'
import { requireAcceptablePassword } from './password-rules.ts'
import type { Factor } from './user.ts'

const wellKnown = new Set(['correct horse battery staple', 'passwordpassword'])
const deps = { isCommonPassword: (lowerCase: string) => wellKnown.has(lowerCase) }
const fault = (
  password: string,
  requiredFactors: readonly Factor[] = ['password'],
  username = 'alexandra.hamilton',
) => {
  try {
    requireAcceptablePassword(password, { username, requiredFactors }, deps)
    return undefined
  } catch (error) {
    expect(error).toMatchObject({ code: 'password_unacceptable' })
    expect(JSON.stringify(error)).not.toContain(password)
    return (error as { reason?: string }).reason
  }
}

describe('a new password', () => {
  it('N-023 may be long, have spaces, emoji, combining marks: no rules about classes of characters', () => {
    const accepted = [
      'a'.repeat(64),
      'b'.repeat(128),
      'c'.repeat(1024),
      'only lower case words',
      ' '.repeat(15),
      '🦊'.repeat(15),
    ]
    for (const password of [...accepted, `${'e\u0301'.repeat(10)}`, '1234567890123456 7'])
      expect(fault(password)).toBeUndefined()
  })

  it('N-024 has at most 1,024 bytes, not letters', () => {
    expect(fault('🦊'.repeat(256))).toBeUndefined()
    expect(fault(`${'🦊'.repeat(256)}a`)).toBe('too_long')
    expect(fault('a'.repeat(1025))).toBe('too_long')
  })

  it('N-025 has at least 15 characters alone, and 8 beside a second factor', () => {
    expect([fault('a'.repeat(14)), fault('a'.repeat(15))]).toEqual(['too_short', undefined])
    expect([fault('a'.repeat(7), ['password', 'totp']), fault('a'.repeat(8), ['password', 'totp'])]).toEqual([
      'too_short',
      undefined,
    ])
  })

  it('N-025 counts characters, not the halves of them', () => {
    expect(fault('🦊'.repeat(14))).toBe('too_short')
  })

  it('N-025 is not well known, in any case', () => {
    expect(fault('correct horse battery staple')).toBe('well_known')
    expect(fault('Correct Horse Battery Staple')).toBe('well_known')
    expect(fault('PASSWORDpassword', ['password', 'totp'])).toBe('well_known')
  })

  it('N-025 is neither the username nor the name of this product with ornaments', () => {
    expect(fault('Alexandra.Hamilton')).toBe('equals_username')
    expect(fault('Countersign-2026!!')).toBe('equals_product_name')
    expect(fault('countersign of mine')).toBeUndefined()
  })
})
