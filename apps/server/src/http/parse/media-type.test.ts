import { describe, expect, it } from 'vitest'
import { RequestError } from '../errors.ts'
import { chooseMediaType, formMediaType, jsonMediaType } from './media-type.ts'

const json = [jsonMediaType]
const code = (rawHeaders: string[], accepted: string[] = json): string => {
  try {
    return chooseMediaType(rawHeaders, accepted)
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
}

describe('Content-Type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset="UTF-8"',
  ])('accepts %s', (value) => {
    expect(code(['Content-Type', value])).toBe(jsonMediaType)
  })

  it('accepts only what the operation takes', () => {
    expect(code(['content-type', formMediaType], [formMediaType])).toBe(formMediaType)
    expect(code(['content-type', formMediaType])).toBe('media_type_unsupported')
    expect(code(['content-type', jsonMediaType], [formMediaType])).toBe('media_type_unsupported')
  })

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/json;charset=utf-16',
    'application/json;charset=bogus',
    'application/json;charset=utf-7',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; x=1',
    'application/json, text/plain',
    'application/vnd+json',
    'application/json\u00a0',
    '',
  ])('refuses %j', (value) => {
    expect(code(['Content-Type', value])).toBe('media_type_unsupported')
  })

  it('refuses two headers, equal or not', () => {
    expect(code(['Content-Type', jsonMediaType, 'content-type', jsonMediaType])).toBe('request_invalid')
  })

  it('refuses a body without one, except where vendors send JSON so', () => {
    expect(code([])).toBe('media_type_unsupported')
    expect(chooseMediaType([], json, { jsonAssumed: true })).toBe(jsonMediaType)
    expect(() => chooseMediaType(['Content-Type', 'text/plain'], json, { jsonAssumed: true })).toThrow(RequestError)
  })
})
