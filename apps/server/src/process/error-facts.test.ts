import { AuthError, StoreError } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { describeError } from './error-facts.ts'

const canary = 'hunter2-canary'
const caught = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('what the log says of an error', () => {
  it('N-203 leaves out messages that may quote somebody: the engine does', () => {
    const errors = [
      caught(() => JSON.parse(`{"password": ${canary}}`)),
      caught(() => BigInt(canary)),
      caught(() => ('x' as never) in (canary as never)),
      new Error(canary),
      new Error(`first line\n    at ${canary} is not a place`),
      Object.assign(new Error(canary), { name: canary, code: `${canary} !` }),
    ]
    for (const error of errors) expect(JSON.stringify(describeError(error))).not.toContain(canary)
  })

  it('says name and place', () => {
    const facts = describeError(new TypeError('x'))
    expect(facts.name).toBe('TypeError')
    expect(facts.stack?.[0]).toContain('error-facts.test.ts')
    expect(facts).not.toHaveProperty('message')
  })

  it('repeats errors that are written here or by the system', () => {
    expect(describeError(new AuthError('overloaded')).message).toBe('overloaded')
    const missing = caught(() => process.chdir('/nowhere/at/all'))
    expect(describeError(missing)).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('ENOENT') })
  })

  it('follows causes, and stops in a circle', () => {
    const error = new StoreError('unavailable', new Error(canary))
    expect(describeError(error)).toMatchObject({
      name: 'StoreError',
      message: 'store unavailable',
      cause: { name: 'Error' },
    })
    const circular = new Error('round')
    circular.cause = circular
    expect(JSON.stringify(describeError(circular)).length).toBeLessThan(32_768)
  })

  it('is total: whatever was thrown', () => {
    expect(describeError(canary)).toEqual({ name: 'a thrown string' })
    expect(describeError(null)).toEqual({ name: 'a thrown null' })
    expect(describeError(Object.assign(new Error(), { stack: 7 }))).toEqual({ name: 'Error' })
  })
})
