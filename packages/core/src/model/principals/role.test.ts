import { describe, expect, it } from 'vitest'
import { atLeast, isRole, lowerRole, roles } from './role.ts'

describe('roles', () => {
  it('inherit what the lower ones may do', () => {
    const table = roles.map((role) => roles.map((least) => atLeast(role, least)))
    expect(table).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
  })

  it('meet in the lower of the two, whichever comes first', () => {
    for (const a of roles) {
      for (const b of roles) {
        expect(lowerRole(a, b)).toBe(lowerRole(b, a))
        expect(atLeast(a, lowerRole(a, b)) && atLeast(b, lowerRole(a, b))).toBe(true)
        expect([a, b]).toContain(lowerRole(a, b))
      }
    }
  })

  it('are known by their exact names only', () => {
    for (const role of roles) expect(isRole(role)).toBe(true)
    for (const other of ['Owner', 'admin', '', 'owner ', '__proto__', 0, null, undefined, ['owner']]) {
      expect(isRole(other)).toBe(false)
    }
  })
})
