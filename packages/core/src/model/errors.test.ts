import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { StoreError } from '../ports/store/store.ts'
import { AuthError, authErrorCodes } from './errors.ts'

describe('an error of the domain', () => {
  it('has a snake_case code and one public sentence of its own', () => {
    const details = authErrorCodes.map((code) => new AuthError(code).detail)
    expect(new Set(details).size).toBe(authErrorCodes.length)
    expect(new Set(authErrorCodes).size).toBe(authErrorCodes.length)
    for (const code of authErrorCodes) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    for (const detail of details) expect(detail).toMatch(/^[A-Z].*\.$/)
  })

  it('says in public nothing of its cause', () => {
    const error = new AuthError('unavailable', { cause: new Error('SQLITE_BUSY /srv/data'), retryAfterSeconds: 2 })
    expect(error.message).toBe('unavailable')
    expect(`${error.detail} ${error.message} ${JSON.stringify(error)}`).not.toContain('SQLITE')
    expect(error.cause).toBeInstanceOf(Error)
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 2, reason: undefined, name: 'AuthError' })
  })

  it('has no cause unless there is one', () => {
    expect('cause' in new AuthError('not_found')).toBe(false)
    expect(inspect(new AuthError('not_found'))).not.toContain('cause')
  })

  it('of a store distinguishes a temporary failure from a refusal', () => {
    const error = new StoreError('conflict', new Error('UNIQUE'))
    expect([error.kind, error.message, error.name]).toEqual(['conflict', 'store conflict', 'StoreError'])
  })
})
