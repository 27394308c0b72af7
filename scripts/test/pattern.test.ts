import { describe, expect, it } from 'vitest'
import { patternFault } from '../../spec/lint/pattern.ts'
import { portabilityFault } from '../../spec/lint/portable-pattern.ts'

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

describe('a pattern of the contract, in JavaScript, Python, Go and Java', () => {
  it.each([
    '^[0-9a-f]{22}$',
    '^[A-Za-z2-7]{4}(-?[A-Za-z2-7]{4}){3}((-?[A-Za-z2-7]{4}){2})?$',
    '^[^\\x00-\\x20\\x7f-\\xa0]([^\\x00-\\x1f]*[^\\x00-\\x20])?$',
    '^a\\.\\{b\\}$',
    '^(?:a{1,1000}|b)$',
    '^(a{10}){100}$',
    '^[\\[\\]{}]+$',
  ])('may be %s', (pattern) => {
    expect(portabilityFault(pattern)).toBeUndefined()
  })

  it.each([
    ['^[^\\p{C}]$', 'has the escape \\p'],
    ['^\\u00e9$', 'has the escape \\u'],
    ['^\\d+$', 'has the escape \\d'],
    ['^\\x9$', 'has the escape \\x'],
    ['^é$', 'has a character that is not printable ASCII'],
    ['^a{1,1001}$', 'repeats more than 1000 times'],
    ['^(a{11}){100}$', 'repeats more than 1000 times'],
    ['^(?:(b{2}){3}a{9}){112}$', 'repeats more than 1000 times'],
    ['^(?<n>a)$', 'has a group that is neither plain nor (?:…)'],
    ['^(?i:a)$', 'has a group that is neither plain nor (?:…)'],
    ['^[]$', 'has an empty class'],
    ['^[a[b]$', 'has a class that some languages read as two'],
    ['^[a&&b]$', 'has a class that some languages read as two'],
    ['^a{,3}$', 'has a bracket that some languages take for another one'],
    ['^a]$', 'has a bracket that some languages take for another one'],
    ['^a++$', 'does not compile without flags'],
    ['^[a-z$', 'does not compile without flags'],
  ])('may not be %s: it %s', (pattern, fault) => {
    expect(portabilityFault(pattern)).toContain(fault)
  })
})
