import { describe, expect, it } from 'vitest'
import { clearSessionCookie, findSessionCookie, serializeSessionCookie } from './cookie.ts'

const find = (...values: string[]) => findSessionCookie(values.flatMap((value) => ['Cookie', value]))

describe('session cookie', () => {
  it('is found among others by its exact name', () => {
    expect(find('a=1; __Host-countersign=ab.c-d_=; b=2')).toEqual({ kind: 'cookie', token: 'ab.c-d_=' })
    expect(find('a=1', '__Host-countersign=t')).toEqual({ kind: 'cookie', token: 't' })
  })

  it.each([
    'undefined=x',
    'countersign=x',
    '__host-countersign=x',
    '__Host-countersign',
    'x__Host-countersign=x',
    '__Host-countersign[]=x',
    'a="__Host-countersign=x"',
    '',
  ])('is not found in %j', (value) => {
    expect(find(value)).toEqual({ kind: 'none' })
  })

  it('is refused twice, in one header or two', () => {
    expect(find('__Host-countersign=a; __Host-countersign=a')).toEqual({ kind: 'repeated' })
    expect(find('__Host-countersign=a', '__Host-countersign=b')).toEqual({ kind: 'repeated' })
    expect(find('__Host-countersign=; __Host-countersign=a')).toEqual({ kind: 'repeated' })
    expect(find('__Host-countersign=a; __Host-countersign=')).toEqual({ kind: 'repeated' })
    expect(find('__Host-countersign=""', '__Host-countersign=a')).toEqual({ kind: 'repeated' })
  })

  it('is not looked for in more than 8 kB, and is found among 500 others', () => {
    expect(find(`__Host-countersign=a; x=${'y'.repeat(8192)}`)).toEqual({ kind: 'unreadable' })
    const others = Array.from({ length: 500 }, (_, index) => `c${index}=1`)
    expect(find([...others, '__Host-countersign=a'].join('; '))).toEqual({ kind: 'cookie', token: 'a' })
  })

  it.each(['__Host-countersign=', '__Host-countersign="t"', '__Host-countersign=a b', '__Host-countersign=a,b'])(
    'holds a token or nothing: %s',
    (value) => {
      expect(find(value)).toEqual({ kind: 'malformed' })
    },
  )

  it('is set out of reach of scripts, other sites and other hosts', () => {
    expect(serializeSessionCookie('ab12', 600)).toBe(
      '__Host-countersign=ab12; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Strict',
    )
    expect(clearSessionCookie()).toBe('__Host-countersign=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict')
  })

  it('cannot carry anything that ends a header or an attribute', () => {
    for (const token of ['a\r\nb', 'a; Domain=evil', 'a b', '', 'é']) {
      expect(() => serializeSessionCookie(token, 1)).toThrow(TypeError)
    }
  })
})
