import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RequestError } from '../errors.ts'
import { parseJson, parseJsonObject } from './json.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')

const refusal = (input: string | Buffer): string => {
  try {
    parseJson(typeof input === 'string' ? bytes(input) : input)
  } catch (error) {
    if (error instanceof RequestError && error.code === 'request_invalid') return error.detail
    throw error
  }
  return 'accepted'
}

describe('strict JSON', () => {
  it('reads what JSON.parse reads, whatever the value', () => {
    const safeText = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    const name = safeText.filter((text) => !(text in Object.prototype) && text !== 'prototype')
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
        safeText,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (given, indent) => {
        const text = JSON.stringify(given, null, indent)
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  it('accepts nothing that JSON.parse refuses, and throws nothing but its own error', () => {
    const fragment = fc.constantFrom(
      ...'{}[]:,"\\ \n019.-+eEtruefalsn\u0001é\ud800',
      '\\u',
      '\\"',
      'null',
      '"a":',
      '"__proto__"',
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 24 }), (parts) => {
        const text = parts.join('')
        if (refusal(text) === 'accepted') expect(() => JSON.parse(text)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })

  it.each(['{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '[{"a":1,"\\u0061":2}]'])('refuses equal names: %s', (text) => {
    expect(refusal(text)).toBe('An object of the body has the same member twice.')
  })

  it('refuses equal names whatever the first of the two values is, also a falsy one', () => {
    const values = fc.oneof(fc.constantFrom('null', 'false', 'true', '0', '-0', '""', '{}', '[]', '" "'), fc.json())
    const names = fc.constantFrom('cookie', '', '0', '-1', 'a.b', 'name', 'length', ' ')
    fc.assert(
      fc.property(names, values, values, fc.constantFrom('', '"x":1,'), (name, first, second, between) => {
        const key = JSON.stringify(name)
        const text = `{${key}:${first},${between}${key}:${second}}`
        const refused = refusal(text)
        // A value that is refused by itself may be refused first.
        if (refusal(first) !== 'accepted' || refusal(second) !== 'accepted') expect(refused).not.toBe('accepted')
        else expect(refused, text).toBe('An object of the body has the same member twice.')
      }),
      { numRuns: 500 },
    )
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '\\u005f_proto__'])(
    'refuses the member name %s at any depth, and pollutes nothing',
    (name) => {
      expect(refusal(`{"a":[{"${name}":{"polluted":true}}]}`)).toBe(
        'An object of the body has a member name that is not allowed.',
      )
      expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    },
  )

  it('refuses 17 levels and takes 16', () => {
    expect(refusal('['.repeat(16) + ']'.repeat(16))).toBe('accepted')
    expect(refusal('['.repeat(17) + ']'.repeat(17))).toBe('The body is nested too deeply.')
    expect(refusal('{"a":'.repeat(100_000))).toBe('The body is nested too deeply.')
  })

  it.each([
    ['a lone surrogate', '"\\ud800"'],
    ['a lone trailing surrogate', '"x\\udc00y"'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ])('refuses %s', (_name, text) => {
    expect(refusal(text)).toBe('The body is not valid Unicode text in UTF-8.')
  })

  it('refuses NUL', () => {
    expect(refusal('"a\\u0000b"')).toBe('A text in the body has the character U+0000 in it.')
  })

  it('refuses a byte order mark', () => {
    expect(refusal('\ufeff{}')).toBe('The body is not valid JSON.')
  })

  it('refuses numbers out of range or form, and reads -0 as 0', () => {
    expect(refusal('1E400')).toBe('The body has a number out of range.')
    expect(refusal('9'.repeat(10_000))).toBe('The body has a number out of range.')
    for (const text of ['01', '+1', '.5', '1.', 'NaN', 'Infinity', '0x10', '1e', '-']) {
      expect(refusal(text), text).toBe('The body is not valid JSON.')
    }
    expect(Object.is(parseJson(bytes('-0')), 0)).toBe(true)
    expect(parseJson(bytes('[1.0,1e2]'))).toEqual([1, 100])
  })

  it.each([
    '',
    ' \n',
    '{} {}',
    '{}x',
    '{"a":1,}',
    '[1,]',
    '{a:1}',
    "{'a':1}",
    '{"a"}',
    '"\n"',
    '// c\n{}',
    '"a',
    '\u00a0{}',
  ])('refuses %j', (text) => {
    expect(refusal(text)).toBe('The body is not valid JSON.')
  })

  it.each(['null', '[]', '"x"', '1', 'true'])('refuses %s where an object is due', (text) => {
    expect(() => parseJsonObject(bytes(text))).toThrow('The body is not a JSON object.')
  })

  it('never quotes the body', () => {
    for (const text of ['{"password": hunter2}', '{"password": "hunter2', '{"password": "hunter2\\x"}']) {
      expect(refusal(text)).not.toContain('hunter2')
    }
  })

  it('reads escapes as they are meant', () => {
    expect(parseJson(bytes('"\\\\\\"\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"'))).toBe('\\"/\b\f\n\r\té😀')
    expect(parseJson(bytes('{"a":"\\\\","b":"\\\\\\""}'))).toEqual({ a: '\\', b: '\\"' })
  })
})
