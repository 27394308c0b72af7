import { describe, expect, it } from 'vitest'
import { parseForm } from './form.ts'

const form = (text: string) => parseForm(Buffer.from(text, 'latin1'))

describe('strict form', () => {
  it('decodes plus and percent as UTF-8', () => {
    expect(form('a=b+c%2B%26&scope=%C3%A9').parameters).toEqual({ a: 'b c+&', scope: 'é' })
  })

  it('counts a parameter without a value as omitted, and says which (RFC 6749 §3.1)', () => {
    expect(form('scope=&grant_type=refresh_token&state')).toEqual({
      parameters: { grant_type: 'refresh_token' },
      empty: ['scope', 'state'],
    })
    expect(form('')).toEqual({ parameters: {}, empty: [] })
  })

  it.each(['a=1&a=2', 'a=&a=1', 'a=1&%61=1'])('refuses the same parameter twice: %s', (text) => {
    expect(() => form(text)).toThrow('The form has the same parameter twice.')
  })

  it.each([
    'a=%',
    'a=%2',
    'a=%zz',
    'a=%ff',
    'a=%c0%af',
    'a=%00',
    'a=\xe9',
    'a=1&&b=2',
    '&',
    '=1',
    'a[]=1',
    'a%5Bb%5D=1',
  ])('refuses %j', (text) => {
    expect(() => form(text)).toThrow('The body is not a valid form.')
  })

  it.each(['__proto__=1', 'constructor=1', '__proto__%5Bx%5D=1', 'toString=1'])('refuses %s', (text) => {
    expect(() => form(text)).toThrow('The body is not a valid form.')
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  it('bounds the number of parameters', () => {
    const pairs = Array.from({ length: 33 }, (_, index) => `p${index}=1`)
    expect(Object.keys(form(pairs.slice(1).join('&')).parameters)).toHaveLength(32)
    expect(() => form(pairs.join('&'))).toThrow('The form has too many parameters.')
  })
})
