import { describe, expect, it } from 'vitest'
import { isCommonPassword } from './common-passwords.ts'

describe('common passwords', () => {
  it('N-025 knows what everybody tries first', () => {
    for (const password of ['password', '123456', 'qwertyuiop', '1qaz2wsx3edc4rfv', '123456789987654321']) {
      expect(isCommonPassword(password), password).toBe(true)
    }
  })

  it('knows nothing against a random one', () => {
    expect(isCommonPassword('2zxd5ji1lenbegjod_ooe7ub')).toBe(false)
  })
})
