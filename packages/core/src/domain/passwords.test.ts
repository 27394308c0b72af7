import { describe, expect, it } from 'vitest'
import { AuthError } from '../model/errors.ts'
import type { PasswordHasher } from '../ports/system/password-hasher.ts'
import { isOverlong, Passwords } from './passwords.ts'

/** Hashes are the passwords themselves; each one that is computed is noted. */
function plainHasher(): PasswordHasher & { readonly computed: string[] } {
  const computed: string[] = []
  return {
    computed,
    async hash(password) {
      computed.push(password)
      return password
    },
    async verify(spellings, hash) {
      computed.push(...spellings)
      const place = hash === undefined ? -1 : spellings.indexOf(hash)
      return { matches: place >= 0, outdated: place > 0 }
    },
  }
}

const composed = 'caf\u00e9 caf\u00e9 caf\u00e9 caf\u00e9'
const decomposed = composed.normalize('NFD')

describe('passwords', () => {
  it('are hashed and compared in one form, however they were typed', async () => {
    const passwords = new Passwords(plainHasher())
    const spellings = [composed, decomposed, composed.replaceAll(' ', '\u00a0'), decomposed.replaceAll(' ', '\u3000')]
    for (const stored of spellings) {
      const hash = await passwords.hash(stored)
      expect(hash).toBe(composed)
      for (const shown of spellings)
        expect(await passwords.verify(shown, hash)).toEqual({ matches: true, outdated: false })
    }
  })

  it('differ by letter case and width as before', async () => {
    const passwords = new Passwords(plainHasher())
    for (const other of ['Secret', 'ｓecret', 'secret ']) {
      expect(await passwords.verify(other, await passwords.hash('secret'))).toMatchObject({ matches: false })
    }
  })

  it('of an old hash go on working as they were sent, and are to be hashed anew', async () => {
    const passwords = new Passwords(plainHasher())
    expect(await passwords.verify(decomposed, decomposed)).toEqual({ matches: true, outdated: true })
    expect(await passwords.verify(composed, decomposed)).toMatchObject({ matches: false })
  })

  it('that the profile refuses today go on working', async () => {
    const passwords = new Passwords(plainHasher())
    for (const old of ['tab\there', '\ufeffmarked', 'zero\0byte', 'heart ❤\ufe0f']) {
      expect(await passwords.verify(old, old)).toEqual({ matches: true, outdated: false })
      expect(await passwords.hash(old)).toBe(old)
    }
  })

  it('cost as many hashes for an unknown user as for a known one: the input alone decides', async () => {
    for (const [shown, hashes] of [
      [composed, 1],
      [decomposed, 2],
      ['tab\there', 1],
    ] as const) {
      for (const stored of [undefined, 'another']) {
        const hasher = plainHasher()
        expect(await new Passwords(hasher).verify(shown, stored)).toMatchObject({ matches: false })
        expect(hasher.computed).toHaveLength(hashes)
      }
    }
  })

  it('are compared in every spelling in one slot: a full queue cannot hide that one was wrong', async () => {
    let turns = 0
    const passwords = new Passwords({
      hash: async (password) => password,
      async verify(spellings, hash) {
        if (++turns > 1) throw new AuthError('overloaded')
        return { matches: spellings.some((password) => password === hash), outdated: false }
      },
    })
    expect(await passwords.verify(decomposed, 'another')).toMatchObject({ matches: false })
    expect(turns).toBe(1)
  })

  it('are too long only if they are in both forms', () => {
    expect(isOverlong('x'.repeat(1024))).toBe(false)
    expect(isOverlong('x'.repeat(1025))).toBe(true)
    expect(isOverlong('가'.repeat(341).normalize('NFD'))).toBe(false)
    expect(isOverlong('가'.repeat(342).normalize('NFD'))).toBe(true)
  })
})
