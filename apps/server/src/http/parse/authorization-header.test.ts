import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuthorizationGrammar, parseAuthorization } from './authorization-header.ts'

const parse = (value: string, grammar?: AuthorizationGrammar) => parseAuthorization(['Authorization', value], grammar)
const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`

describe('Authorization: Bearer', () => {
  it('reads a token, ignoring the case of the scheme and the number of spaces (RFC 6750 §2.1)', () => {
    for (const value of ['Bearer aA0-._~+/==', 'bearer aA0-._~+/==', 'BEARER   aA0-._~+/==']) {
      expect(parse(value)).toEqual({ kind: 'bearer', token: 'aA0-._~+/==' })
    }
    expect(parseAuthorization(['Host', 'x'])).toEqual({ kind: 'none' })
  })

  it.each([
    'xbearer t',
    'Basic bearer',
    `${basic('a:bearer')}`,
    'Bearer',
    'Bearer ',
    'Bearer\tt',
    'Bearer \tt',
    'Bearer t extra',
    'Bearer t,Bearer u',
    'Bearer =',
    'Bearer t=t',
    'Bearer "t"',
    'Bearer: t',
    'Bearertoken',
    'Digest username="bearer t"',
    't',
    '',
  ])('finds no credential in %j', (value) => {
    expect(parse(value)).toEqual({ kind: 'malformed' })
  })

  it('tolerates the colon for vendor dialects, and nothing else malformed', () => {
    const grammar = { colonTolerated: true }
    expect(parse('Bearer: t', grammar)).toEqual({ kind: 'bearer', token: 't' })
    expect(parse('Bearer t', grammar)).toEqual({ kind: 'bearer', token: 't' })
    for (const value of [
      'Bearer:t',
      'Bearer :t',
      'Bearer : t',
      'Bearer:: t',
      'Bearer: : t',
      'Bearer:\tt',
      'xBearer: t',
    ]) {
      expect(parse(value, grammar), value).toEqual({ kind: 'malformed' })
    }
  })

  it('refuses two headers, the same or different', () => {
    for (const second of ['Bearer t', 'Bearer u', basic('a:b')]) {
      expect(parseAuthorization(['Authorization', 'Bearer t', 'authorization', second])).toEqual({ kind: 'repeated' })
    }
  })

  it.each([
    ['non-ASCII', 'Bearer t\xe9'],
    ['NUL', 'Bearer t\0'],
    ['CR', 'Bearer t\r'],
    ['8 kB', `Bearer ${'t'.repeat(8192)}`],
  ])('cannot read %s', (_name, value) => {
    expect(parse(value)).toEqual({ kind: 'unreadable' })
  })

  it('decides on any text without throwing, and only ever yields the token whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.boolean(), (text, colonTolerated) => {
        const credential = parse(`Bearer ${text}`, { colonTolerated, basic: 'raw' })
        if (credential.kind === 'bearer') expect(text.trimStart()).toBe(credential.token)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('Authorization: Basic', () => {
  const raw = { basic: 'raw' } as const
  const oauth = { basic: 'oauth' } as const

  it('is no credential where the operation does not read it', () => {
    expect(parse(basic('a:b'))).toEqual({ kind: 'malformed' })
  })

  it('raw: the first colon splits, the others belong to the password', () => {
    expect(parse(basic('anna:a:b:'), raw)).toEqual({ kind: 'basic', username: 'anna', password: 'a:b:' })
    expect(parse(basic('änna:pässwörd 😀'), raw)).toEqual({ kind: 'basic', username: 'änna', password: 'pässwörd 😀' })
    expect(parse(basic('anna:'), raw)).toEqual({ kind: 'basic', username: 'anna', password: '' })
  })

  it.each([
    ['no colon', basic('anna')],
    ['an empty user', basic(':secret')],
    ['nothing', basic('')],
    ['bytes that are not UTF-8', basic(Buffer.from([0x61, 0x3a, 0xff]))],
    ['a control character', basic('anna:a\nb')],
    ['NUL', basic('an\0na:b')],
    ['base64 with a foreign character', 'Basic YTpi!'],
    ['base64 without its padding', 'Basic YTpiYw'],
    ['base64 with trailing bits', 'Basic YTpiYx=='],
    ['URL-safe base64', `Basic ${Buffer.from('a:\xff\xff\xfe', 'latin1').toString('base64url')}`],
    ['two values', `${basic('a:b')} ${basic('a:b')}`],
    ['a colon after the scheme', basic('a:b').replace('Basic', 'Basic:')],
  ])('raw: refuses %s', (_name, value) => {
    expect(parse(value, raw)).toEqual({ kind: 'malformed' })
  })

  it('8 kB cannot be read', () => {
    expect(parse(basic(`a:${'b'.repeat(8192)}`), raw)).toEqual({ kind: 'unreadable' })
  })

  it('the same bytes mean one thing raw and another form-encoded (RFC 6749 §2.3.1)', () => {
    const value = basic('client%3A1:s+e%2Bcret')
    expect(parse(value, raw)).toEqual({ kind: 'basic', username: 'client%3A1', password: 's+e%2Bcret' })
    expect(parse(value, oauth)).toEqual({ kind: 'basic', username: 'client:1', password: 's e+cret' })
  })

  it.each(['id', ':secret', 'id:a:b', 'id:%', 'id:%ff', 'id:%00', 'id:%0a', 'id:é'])(
    'form-encoded: refuses %j',
    (text) => {
      expect(parse(basic(text), oauth)).toEqual({ kind: 'malformed' })
    },
  )

  it('reads back any pair that was encoded by the grammar', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => !/\p{Cc}/u.test(value))
    const encode = (value: string) => new URLSearchParams([['', value]]).toString().slice(1)
    fc.assert(
      fc.property(text, text, (username, password) => {
        expect(parse(basic(`${encode(username)}:${encode(password)}`), oauth)).toEqual({
          kind: 'basic',
          username,
          password,
        })
        fc.pre(!username.includes(':'))
        expect(parse(basic(`${username}:${password}`), raw)).toEqual({ kind: 'basic', username, password })
      }),
    )
  })
})
