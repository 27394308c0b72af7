import { opaqueString } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { commonPasswords, isCommonPassword } from './common-passwords.ts'

describe('common passwords', () => {
  it('contains the passwords that are tried first', () => {
    for (const password of ['password', '123456', 'qwertyuiop', '1qaz2wsx3edc4rfv', '123456789987654321']) {
      expect(isCommonPassword(password), password).toBe(true)
    }
  })

  it('N-374 knows more than 3,000 that are long enough to be the only factor', () => {
    const long = [...commonPasswords()].filter((password) => [...password].length >= 15)
    expect(long.length).toBeGreaterThan(3000)
    expect(long).toContain('look at my horse my horse is amazing')
  })

  it('N-374 has them in the form in which they are compared', () => {
    const long = [...commonPasswords()].filter((password) => [...password].length >= 15)
    const comparable = long.filter((password) => opaqueString(password) === password && !/\p{Lu}/u.test(password))
    expect(comparable.length).toBeGreaterThan(3000)
  })

  it('does not contain a random one', () => {
    expect(isCommonPassword('2zxd5ji1lenbegjod_ooe7ub')).toBe(false)
  })
})
