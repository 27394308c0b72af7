import { describe, expect, it } from 'vitest'
import { patternFault } from '../../spec/lint/pattern.ts'

describe('N-262 a pattern of the contract', () => {
  it.each([
    '^[0-9a-f]{22}$',
    '^[A-Za-z0-9]([A-Za-z0-9._@+-]{0,62}[A-Za-z0-9])?$',
    '^urn:(a|b){1,40}$',
    '^([0-9]{3})+$',
    '^a\\.\\(b+\\)$',
    '^[(*+)]+$',
    '^(?:a|b)*c$',
  ])('may be %s', (pattern) => {
    expect(patternFault(pattern)).toBeUndefined()
  })

  it.each([
    ['^(a+)+$', 'repeats what itself repeats'],
    ['^(a*)*$', 'repeats what itself repeats'],
    ['^((a{1,9})b)*$', 'repeats what itself repeats'],
    ['^(?:x?(?:y+)z){2,5}$', 'repeats what itself repeats'],
    ['^(a)\\1$', 'refers back'],
    ['^(?<n>a)\\k<n>$', 'refers back'],
    ['^(?=a)a$', 'looks around'],
    ['^(?!a)b$', 'looks around'],
    ['^(?<=a)b$', 'looks around'],
    ['^(?<!a)b$', 'looks around'],
    ['[a-z]+', 'must be anchored with ^ and $'],
    ['^[a-z$', 'is not a regular expression'],
  ])('may not be %s: it %s', (pattern, fault) => {
    expect(patternFault(pattern)).toBe(fault)
  })
})
