import { describe, expect, it } from 'vitest'
import type { Factor } from '../model/principals/user.ts'
import { requireAcceptablePassword } from './password-rules.ts'

const wellKnown = new Set(['this one was in a leak', 'passwordpassword', 'short one'])
const deps = {
  isCommonPassword: (lowerCase: string) => wellKnown.has(lowerCase),
  issuer: 'https://auth.example-bank.com/tokens',
}
const both: readonly Factor[] = ['password', 'totp']

/** The reason of the refusal, or whether the password would do alone. */
const judge = (
  password: string,
  requiredFactors: readonly Factor[] = ['password'],
  username = 'alexandra.hamilton',
) => {
  try {
    return requireAcceptablePassword(password, { username, requiredFactors }, deps)
  } catch (error) {
    expect(error).toMatchObject({ code: 'password_unacceptable' })
    if (password !== '') expect(JSON.stringify(error)).not.toContain(password)
    return (error as { reason?: string }).reason
  }
}
const judgeAll = (passwords: readonly string[], factors?: readonly Factor[], username?: string) =>
  Object.fromEntries(passwords.map((password) => [password, judge(password, factors, username)]))
const each = (passwords: readonly string[], verdict: unknown) =>
  Object.fromEntries(passwords.map((password) => [password, verdict]))

describe('a new password', () => {
  it('may be long, have spaces, emoji, combining marks: no rules about classes of characters', () => {
    const sentence = 'what nobody else would write down '
    const accepted = [
      sentence.repeat(4),
      'only lower case words',
      '🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆',
      `${'e\u0301'.repeat(7)} and an accent`,
      'ＷＩＤＥ letters too',
      '7294016583 5820 61',
    ]
    expect(judgeAll(accepted)).toEqual(each(accepted, true))
  })

  it('has at most 1,024 bytes, not letters, in the form that is hashed', () => {
    const sentence = 'no two of these sentences: '
    const long = Array.from({ length: 60 }, (_, at) => `${sentence}${at}`).join(' ')
    expect(judge(long.slice(0, 1024))).toBe(true)
    expect(judge(long.slice(0, 1025))).toBe('too_long')
    expect(judge('ä'.repeat(513))).toBe('too_long')
  })

  it('has at least 15 characters alone, and 8 beside a second factor', () => {
    expect([judge('fourteen signs'), judge('fifteen signs!!')]).toEqual(['too_short', true])
    expect([judge('seven s', both), judge('eight si', both)]).toEqual(['too_short', false])
  })

  it('counts characters, not the halves of them', () => {
    expect(judge('🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤')).toBe('too_short')
  })

  it('N-373 counts what is hashed: a letter and its accent are one', () => {
    expect(judge('e\u0301a\u0301o\u0301u\u0301i\u0301y\u0301n\u0303c\u0327')).toBe('too_short')
  })

  it('has no control character and none that is not shown', () => {
    const refused = [
      'a tab\tin the middle',
      '\ufeffa mark at the front',
      'a line\nbreak is in it',
      'zero\u200bwidth space it has',
    ]
    expect(judgeAll(refused)).toEqual(each(refused, 'disallowed_character'))
    expect(judge('')).toBe('too_short')
  })

  it('is not well known, in any case and width', () => {
    const known = [
      'This One Was In A LEAK',
      'PASSWORDpassword',
      'ｔｈｉｓ one was in a leak',
      'this one\u00a0was in a leak',
    ]
    expect(judgeAll(known)).toEqual(each(known, 'well_known'))
    expect(judge('Short One', both)).toBe('well_known')
  })

  it('may have a well-known one in it', () => {
    expect(judge('this one was in a leak, they say')).toBe(true)
  })

  it('N-375 that is too short is reported as such even if it is well known', () => {
    expect(judge('short one')).toBe('too_short')
  })

  it('N-376 is not the username, the product or the host with at most four characters beside it', () => {
    const names = {
      'Alexandra.Hamilton': 'equals_username',
      'alexandra.hamilton1!': 'equals_username',
      '12alexandra.hamilton34': 'equals_username',
      'ａlexandra.hamilton': 'equals_username',
      Countersign2026: 'equals_product_name',
      'Countersign-12345': 'equals_product_name',
      'auth.example-bank.com': 'equals_host_name',
      '--example-bank--': 'equals_host_name',
      'example-bankauth': 'equals_host_name',
      'countersign+alexandra.hamilton': 'equals_username',
    }
    expect(judgeAll(Object.keys(names))).toEqual(names)
  })

  it('N-376 may have such a word beside five other characters, or a word of three', () => {
    const accepted = ['countersign of mine', 'alexandra.hamilton knew', 'Countersign-2026!!', 'a .com for my cat']
    expect(judgeAll(accepted)).toEqual(each(accepted, true))
    expect(judge('my cat is called ada', ['password'], 'ada')).toBe(true)
  })

  it('N-377 is not one unit again and again', () => {
    const repeated = [
      'letmeinletmeinletmein',
      'abababababababab',
      'letmeinletmeinle',
      'drowssapdrowssap1!',
      '!!hunterhunterhunter',
      'two wordstwo words',
      '🦊🐻🦊🐻🦊🐻🦊🐻🦊🐻🦊🐻🦊🐻🦊🐻',
    ]
    expect(judgeAll(repeated)).toEqual(each(repeated, 'repeats'))
    expect(judge('k3y!k3y!', both)).toBe('repeats')
    expect(judge('ownerownerowner', ['password'], 'owner')).toBe('equals_username')
  })

  it('N-377 may be one that is good by itself, twice', () => {
    expect(judge('what nobody else would write'.repeat(2))).toBe(true)
  })

  it('N-378 is no sequence, whatever its direction, with at most four characters beside it', () => {
    const sequences = [
      '123456789012345',
      '987654321098765',
      'abcdefghijklmno',
      'ABCDEFGHIJKLMNO',
      'aaaaaaaaaaaaaaa',
      '112233445566778899',
      'abcdefghijklmno2026',
      'абвгдежзийклмноп',
      ' '.repeat(15),
      'owner1234567890',
    ]
    expect(judgeAll(sequences, ['password'], 'owner')).toEqual(each(sequences, 'sequence'))
    expect(judge('abcd1234', both)).toBe('sequence')
  })

  it('N-378 is no row of neighbouring keys', () => {
    const walks = [
      'qwertyuiopasdfgh',
      'qwertzuiopasdfgh',
      'azertyuiopqsdfgh',
      '1qaz2wsx3edc4rfv',
      'zaq12wsxcde34rfv',
      'QWERTYuiop[]asdf',
      '!@#$%^&*()_+!@#',
      'asdfghjklasdfghjkl',
    ]
    expect(judgeAll(walks)).toEqual(each(walks, 'keyboard_walk'))
  })

  it('N-378 may have a sequence in it', () => {
    const accepted = ['abc is where it starts', 'qwerty was a typewriter', 'I count 12345 sheep']
    expect(judgeAll(accepted)).toEqual(each(accepted, true))
  })

  it('reports whether it would be enough as the only factor', () => {
    expect(judge('fifteen signs!!', both)).toBe(true)
    expect(judge('eight si', both)).toBe(false)
  })
})
