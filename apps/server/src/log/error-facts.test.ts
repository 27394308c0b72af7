import { createHmac } from 'node:crypto'
import { openSync } from 'node:fs'
import { request, validateHeaderName, validateHeaderValue } from 'node:http'
import { connect } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { createSecureContext } from 'node:tls'
import { parseArgs } from 'node:util'
import { AuthError, SealError, StoreError } from '@countersign/core'
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
  it('leaves out messages that may quote input, such as those of the database engine', () => {
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

  it.each<[string, () => unknown]>([
    ['ERR_INVALID_ARG_TYPE', () => Buffer.alloc(canary as never)],
    ['ERR_INVALID_ARG_VALUE', () => openSync(`${canary}\0`, 'r')],
    ['ERR_UNKNOWN_ENCODING', () => Buffer.from('x').toString(canary as never)],
    ['ERR_INVALID_PROTOCOL', () => request({ protocol: `${canary}:` })],
    ['ERR_INVALID_HTTP_TOKEN', () => validateHeaderName(`${canary} x`)],
    ['ERR_INVALID_CHAR', () => validateHeaderValue(canary, 'x\n')],
    ['ERR_HTTP_INVALID_HEADER_VALUE', () => validateHeaderValue(canary, undefined as never)],
    ['ERR_SOCKET_BAD_PORT', () => connect({ port: canary as never })],
    ['ERR_CRYPTO_INVALID_DIGEST', () => createHmac(canary, 'key')],
    ['ERR_TLS_INVALID_PROTOCOL_VERSION', () => createSecureContext({ minVersion: canary as never })],
    ['ERR_PARSE_ARGS_UNKNOWN_OPTION', () => parseArgs({ args: [`--${canary}`] })],
    ['ERR_INVALID_STATE', () => new DatabaseSync(':memory:').prepare('select ?').all({ [canary]: 1 })],
  ])('N-470 leaves out what an engine error quotes although it has a code, %s, also as a cause', (code, action) => {
    const error = caught(action)
    expect(error).toMatchObject({ code, message: expect.stringContaining(canary) })
    expect(describeError(error)).toMatchObject({ code })
    for (const told of [error, new AuthError('unavailable', { cause: error }), new SealError('x', error)]) {
      expect(JSON.stringify(describeError(told))).not.toContain(canary)
    }
  })

  it('N-470 leaves out all but the name of a value that only looks like one of our errors', () => {
    const looks = { name: 'AuthError', message: canary, stack: canary, code: canary }
    expect(JSON.stringify(describeError(looks))).not.toContain(canary)
    expect(JSON.stringify(describeError(new AggregateError([new Error(canary)], canary)))).not.toContain(canary)
    expect(JSON.stringify(describeError(new DOMException(canary, 'AbortError')))).not.toContain(canary)
    expect(JSON.stringify(describeError(Object.assign(new Error(canary), { errno: -2 })))).not.toContain(canary)
    expect(JSON.stringify(describeError(Object.assign(new Error(canary), { syscall: 'open' })))).not.toContain(canary)
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
