import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { staticToken } from '../session/token-source.ts'
import { passwordSession } from '../sources/password-session.ts'
import { type Reaction, type Received, startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { problem, sessionRules } from '../testing/session-rules.ts'
import { createClient } from './client.ts'
import { unwrap } from './unwrap.ts'

async function sessionAt(react: (request: Received) => Reaction, relogin = true) {
  const server = await startHttpServer(react)
  const auth = passwordSession({ username: 'ada', password: 'correct horse', relogin })
  return createClient({ baseUrl: server.url, auth, clock: manualClock() })
}

/** The first line of a stack, and whether it has a frame of the function of this name. */
function told(error: unknown, caller: string): [string | undefined, boolean] {
  const { stack = '' } = error as Error
  return [stack.split('\n')[0], new RegExp(`^\\s+at ${caller} .*call-site\\.test\\.ts:\\d+`, 'm').test(stack)]
}

describe('an error names the line that called', () => {
  it('of a refused login, each time', async () => {
    const client = await sessionAt(sessionRules({ password: 'other' }).react)
    function firstCaller() {
      return client.GET('/v1/me')
    }
    function secondCaller() {
      return unwrap(client.GET('/v1/me'))
    }
    const first = await firstCaller().catch((error) => error)
    expect(told(first, 'firstCaller')).toEqual(['ProblemError: credentials_invalid: It was refused.', true])
    const second = await secondCaller().catch((error) => error)
    const sentence = 'SessionExpiredError: The session is over (credentials_invalid): It was refused.'
    expect(told(second, 'secondCaller')).toEqual([sentence, true])
    expect(second.stack).not.toContain('firstCaller')
  })

  it('of a network that fails, also where many calls wait for one login: each has an error of its own', async () => {
    const client = await sessionAt(() => ({ cut: 'before' }))
    function oneCaller() {
      return client.GET('/v1/me')
    }
    function otherCaller() {
      return client.PUT('/v1/me/password', { body: { current_password: 'a', new_password: 'b' } })
    }
    const [one, other] = await Promise.all([oneCaller().catch((e) => e), otherCaller().catch((e) => e)])
    expect(one).not.toBe(other)
    expect([told(one, 'oneCaller')[1], told(one, 'otherCaller')[1]]).toEqual([true, false])
    expect([told(other, 'oneCaller')[1], told(other, 'otherCaller')[1]]).toEqual([false, true])
    expect(told(one, '')[0]).toMatch(/^TransportError: No complete answer from the server/)
  })

  it('of a refusal that is unwrapped, of an answer that is none, and of a failed sign-out', async () => {
    const server = await startHttpServer(({ path }) =>
      path === '/v1/me' ? problem(404, 'not_found') : { raw: (response) => response.end('{') },
    )
    const client = createClient({ baseUrl: server.url, auth: staticToken('abc') })
    function unwrapping() {
      return unwrap(client.GET('/v1/me'))
    }
    function misread() {
      return client.GET('/v1/authorizations')
    }
    function leaving() {
      return client.signOut()
    }
    const errors = await Promise.all([unwrapping, misread, leaving].map((call) => call().catch((error) => error)))
    const names = ['unwrapping', 'misread', 'leaving']
    expect(errors.map((error, at) => told(error, names[at] as string))).toEqual([
      ['ProblemError: not_found: It was refused.', true],
      ['UnexpectedResponseError: Unexpected answer (HTTP 200): no JSON', true],
      ['UnexpectedResponseError: Unexpected answer (HTTP 200): no JSON', true],
    ])
  })

  it('and is otherwise unchanged: a native error with every member of the refusal', async () => {
    const details = { detail: 'One is too short.', errors: [{ pointer: '/body/a', detail: 'is too short' }] }
    const client = await sessionAt(() => {
      const { json, ...rest } = problem(429, 'throttled', { 'Retry-After': '7' }) as { status: number; json: object }
      return { ...rest, json: { ...json, ...details, reason: 'too_many' } }
    })
    const error = await client.GET('/v1/me').catch((failure) => failure)
    const members = { code: 'throttled', status: 429, reason: 'too_many', retryAfterSeconds: 7, ...details }
    expect(error).toMatchObject({ name: 'ProblemError', message: 'throttled: One is too short.', ...members })
    expect(Object.keys(error)).not.toContain('stack')
    expect(inspect(error)).not.toContain('correct horse')
  })

  it('but an error of the application itself stays the same object', async () => {
    const own = new RangeError('mine')
    const auth = async () => {
      throw own
    }
    const client = createClient({ baseUrl: 'https://auth.example', auth })
    await expect(client.GET('/v1/me')).rejects.toBe(own)
  })
})
