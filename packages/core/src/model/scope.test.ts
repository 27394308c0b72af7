import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { narrowScope } from './scope.ts'

const granted = ['read', 'write', 'droplets:restart']

describe('narrowing a scope (RFC 6749 §3.3)', () => {
  it('gives all that was granted where the request names no scope', () => {
    expect(narrowScope(undefined, granted)).toEqual(granted)
  })

  it('gives what was requested, each once, in the order of the grant', () => {
    expect(narrowScope('write read', granted)).toEqual(['read', 'write'])
    expect(narrowScope('read read', granted)).toEqual(['read'])
  })

  it('refuses what was not granted, and with it the whole request', () => {
    for (const scope of ['admin', 'read admin', 'READ', 'readwrite', 'rea', 'droplets:*']) {
      expect(() => narrowScope(scope, granted)).toThrow(expect.objectContaining({ code: 'scope_invalid' }))
    }
    expect(() => narrowScope('read', [])).toThrow(expect.objectContaining({ code: 'scope_invalid' }))
  })

  it('refuses every spelling that the grammar does not have', () => {
    const spellings = [
      '',
      ' ',
      ' read',
      'read ',
      'read  write',
      'read\twrite',
      'read,write',
      'read\n',
      '"read"',
      'réad',
    ]
    for (const scope of [...spellings, Array(33).fill('read').join(' '), 'r'.repeat(65)]) {
      expect(() => narrowScope(scope, [...granted, 'réad', '"read"', ''])).toThrow(
        expect.objectContaining({ code: 'scope_invalid' }),
      )
    }
  })

  it('I4 never widens, whatever is requested', () => {
    const name = fc.constantFrom('read', 'write', 'admin', 'droplets:restart', 'x', '')
    const asked = fc.option(
      fc.array(name, { maxLength: 6 }).map((all) => all.join(' ')),
      { nil: undefined },
    )
    fc.assert(
      fc.property(asked, fc.subarray(granted), (scope, ceiling) => {
        try {
          const given = narrowScope(scope, ceiling)
          expect(given.every((it) => ceiling.includes(it))).toBe(true)
          expect(narrowScope(scope, given)).toEqual(given)
        } catch (error) {
          expect(error).toMatchObject({ code: 'scope_invalid' })
        }
      }),
      { numRuns: 1000 },
    )
  })
})
