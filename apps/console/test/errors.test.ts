import { readFileSync } from 'node:fs'
import { ProblemError } from '@countersign/client'
import { beforeAll, describe, expect, it } from 'vitest'
import { isKey, loadMessages } from '../src/language/messages.ts'
import { sentenceOf } from '../src/state/errors.ts'

/** What no form and no button of the page can meet; the server's own sentence is shown then. */
const unmet = [
  'credentials_missing',
  'token_invalid',
  'token_expired',
  'grant_invalid',
  'refresh_token_reused',
  'target_invalid',
  'api_invalid',
  'api_protected',
  'api_key_exists',
  'host_unknown',
  'route_not_found',
  'method_not_allowed',
  'body_too_large',
  'media_type_unsupported',
  'position_gone',
  'driver_failed',
  'overloaded',
]

describe('errors', () => {
  beforeAll(async () => {
    Object.assign(globalThis, { document: { documentElement: { lang: '' } } })
    await loadMessages('en')
  })

  it('has a sentence for every code of the contract that the page can meet', () => {
    const { schemas } = JSON.parse(
      readFileSync(new URL('../../../spec/gen/openapi.json', import.meta.url), 'utf8'),
    ).components
    const codes: readonly string[] = schemas.ProblemCode.enum
    expect(codes.filter((code) => !isKey(`error.${code}`) && !unmet.includes(code))).toEqual([])
  })

  it('says what happened by the code and the reason, and how long to wait', () => {
    const short = new ProblemError('password_unacceptable', { status: 422, reason: 'too_short' })
    expect(sentenceOf(short)).toContain('15 characters')
    const throttled = new ProblemError('throttled', { status: 429, retryAfterSeconds: 120 })
    expect(sentenceOf(throttled)).toBe('Too many failed attempts. Try again in 2 minutes.')
    expect(
      sentenceOf(new ProblemError('api_invalid', { status: 400, detail: 'Each scope has a name of its own.' })),
    ).toBe('Each scope has a name of its own.')
    expect(sentenceOf(new Error('a fault'))).toContain('The page has a fault')
  })
})
