import { describe, expect, it } from 'vitest'
import { chooseRequestId, headerValues, refuseRepeatedHost, splitTarget } from './message.ts'
import { countingRandom } from './testing/server.ts'

describe('request id', () => {
  it('is the client’s where it is harmless, else a new one of 128 bits', () => {
    const random = countingRandom()
    expect(chooseRequestId('Ab-19', random)).toBe('Ab-19')
    expect(chooseRequestId('x'.repeat(64), random)).toBe('x'.repeat(64))
    for (const given of ['', 'x'.repeat(65), 'a b', '<b>', 'a\r\nb', 'é', 'a,b', ['a'], undefined]) {
      expect(chooseRequestId(given, random)).toMatch(/^[0-9a-f]{32}$/)
    }
  })
})

describe('request target', () => {
  it('is split undecoded', () => {
    expect(splitTarget('/a%2Fb?x=%20?y')).toEqual({ path: '/a%2Fb', query: 'x=%20?y' })
    expect(splitTarget('/a')).toEqual({ path: '/a', query: '' })
    expect(splitTarget('*')).toEqual({ path: '*', query: '' })
  })

  it('loses the authority that an absolute form claims', () => {
    expect(splitTarget('http://evil.example/v1/me?a=1')).toEqual({ path: '/v1/me', query: 'a=1' })
    expect(splitTarget('HTTPS://u:p@evil.example:1?a')).toEqual({ path: '', query: 'a' })
  })
})

describe('raw headers', () => {
  it('show every value of a header in order', () => {
    expect(headerValues(['A', '1', 'b', '2', 'a', '3'], 'a')).toEqual(['1', '3'])
    expect(headerValues([], 'a')).toEqual([])
  })

  it('refuse two Hosts', () => {
    expect(() => refuseRepeatedHost({ rawHeaders: ['Host', 'a', 'host', 'a'] })).toThrow('more than one Host')
    expect(() => refuseRepeatedHost({ rawHeaders: ['Host', 'a', 'X', 'b'] })).not.toThrow()
  })
})
