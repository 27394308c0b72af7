import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { isClientError, ProblemError, SessionExpiredError, TransportError } from './errors.ts'
import { isRefusal, isTransient, problemOf } from './problem.ts'
import { Token } from './token.ts'

const answer = (status: number, headers: Record<string, string> = {}) => ({ status, headers: new Headers(headers) })

describe('a refusal', () => {
  it('of the native API keeps code, detail, reason and places (RFC 9457)', () => {
    const body = {
      code: 'password_unacceptable',
      detail: 'The password is too short.',
      reason: 'too_short',
      errors: [{ pointer: '/body/new_password', detail: 'is too short' }, 'noise'],
    }
    expect(problemOf(answer(422), body)).toMatchObject({
      code: 'password_unacceptable',
      status: 422,
      detail: 'The password is too short.',
      reason: 'too_short',
      errors: [{ pointer: '/body/new_password', detail: 'is too short' }],
      message: 'password_unacceptable: The password is too short.',
    })
  })

  it('of an OAuth endpoint keeps its error (RFC 6749 §5.2)', () => {
    const body = { error: 'invalid_client', error_description: 'No such client.' }
    expect(problemOf(answer(401), body)).toMatchObject({ code: 'invalid_client', detail: 'No such client.' })
  })

  it.each([
    [401, { code: 401, error: 'Unauthorized access', details: [] }, 'token_invalid'],
    [429, { error: 'Too many requests', errorId: 429 }, 'throttled'],
    [429, { code: 'TooManyRequests', message: 'Too many requests.' }, 'throttled'],
    [503, { code: 503, error: 'Try later please', details: [] }, 'unavailable'],
  ])('of a vendor dialect gets the native word of its status: %i', (status, body, code) => {
    expect(problemOf(answer(status), body)).toMatchObject({ code, status })
  })

  it.each([
    [502, '<html>'],
    [200, {}],
    [418, { error: 'I am a teapot' }],
    [400, undefined],
    [401, ['x']],
  ])('of no known shape is unexpected: %i', (status, body) => {
    expect(problemOf(answer(status), body)).toMatchObject({ code: 'unexpected_response', status })
  })

  it('reports how long to wait, when that is a number of seconds', () => {
    const body = { code: 'throttled' }
    expect(problemOf(answer(429, { 'Retry-After': '7' }), body)).toMatchObject({ retryAfterSeconds: 7 })
    expect(problemOf(answer(429, { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }), body)).toMatchObject({
      retryAfterSeconds: undefined,
    })
  })

  it('carries no secret that the server echoes', () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ'
    const body = {
      code: 'token_invalid',
      detail: `Not good: ${token} of pa$s word\u0000\n`,
      errors: [{ pointer: '/pa$s word', detail: token }],
    }
    const error = problemOf(answer(401), body, ['pa$s word'])
    const printed = [String(error), error.stack, inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)]
    for (const text of printed) {
      expect(text).not.toContain(token)
      expect(text).not.toContain('pa$s word')
      expect(text).not.toContain('\u0000')
    }
    expect(error).toMatchObject({ detail: undefined, errors: [] })
    const stranger = problemOf(answer(401), { code: 'token_invalid', detail: `Not good: ${token}\u0000\n` })
    expect(stranger).toMatchObject({ detail: 'Not good: [redacted]  ' })
  })
})

describe('an error', () => {
  it('says whether another try may help', () => {
    expect(isTransient(new TransportError('ECONNRESET'))).toBe(true)
    for (const status of [408, 429, 500, 502, 503]) {
      expect(isTransient(problemOf(answer(status), undefined)), String(status)).toBe(true)
    }
    for (const status of [400, 401, 403, 404]) {
      expect(isTransient(problemOf(answer(status), undefined)), String(status)).toBe(false)
    }
    expect(isTransient(new SessionExpiredError())).toBe(false)
    expect(isTransient(new Error('disk full'))).toBe(false)
  })

  it('says whether a credential was refused for good', () => {
    expect(isRefusal(problemOf(answer(401), undefined))).toBe(true)
    expect(isRefusal(new ProblemError('invalid_grant', { status: 400 }))).toBe(true)
    expect(isRefusal(new ProblemError('request_invalid', { status: 400 }))).toBe(false)
    expect(isRefusal(new TransportError('network'))).toBe(false)
  })

  it('is distinguished from foreign errors', () => {
    expect(isClientError(new SessionExpiredError())).toBe(true)
    expect(isClientError(new TypeError())).toBe(false)
  })
})

describe('a token', () => {
  it('does not print itself', () => {
    const token = new Token('abc.def.ghi')
    const printed = [String(token), `${token}`, inspect(token, { showHidden: true }), JSON.stringify({ token })]
    for (const text of printed) expect(text).not.toContain('abc')
    expect(token.reveal()).toBe('abc.def.ghi')
  })

  it.each(['', 'a b', 'a\nb', 'ä', 'a'.repeat(9000)])(
    'refuses what no header may carry, without quoting it',
    (value) => {
      expect(() => new Token(value)).toThrow(/RFC 6750/)
    },
  )
})
