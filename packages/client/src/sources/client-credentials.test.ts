import { describe, expect, it } from 'vitest'
import { createClient } from '../calls/client.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import { problem } from '../testing/session-rules.ts'
import { clientCredentials } from './client-credentials.ts'

/** A token endpoint that issues `machine-1`, `machine-2`, …; only the newest from `oldest` on works. */
async function startTokenEndpoint(options: { secret?: string } = {}) {
  const state = { issued: 0, oldest: 1, away: false, revoked: [] as string[] }
  const server = await startHttpServer((request) => {
    if (state.away) return { cut: 'before' }
    if (request.path === '/oauth2/revoke') {
      state.revoked.push(request.body)
      return { status: 200 }
    }
    if (request.path === '/oauth2/token') {
      const [, value = ''] = String(request.headers.authorization).split(' ')
      if (!atob(value).endsWith(`:${options.secret ?? 'secret'}`)) {
        return { status: 401, json: { error: 'invalid_client', error_description: `No client with ${value}.` } }
      }
      state.issued += 1
      return { status: 200, json: { token_type: 'Bearer', access_token: `machine-${state.issued}`, expires_in: 3600 } }
    }
    const [, issue = 0] = String(request.headers.authorization).split('-').map(Number)
    return issue >= state.oldest ? { status: 200, json: {} } : problem(401, 'token_invalid')
  })
  const clock = manualClock()
  const client = (clientId = 'robot', clientSecret = 'secret', more: { scope?: string; audience?: string } = {}) =>
    createClient({
      baseUrl: server.url,
      auth: clientCredentials({ clientId, clientSecret, ...more }),
      clock,
      random: countingRandom(),
    })
  return { server, state, clock, client }
}

describe('client credentials (RFC 6749 §4.4)', () => {
  it('requests one token for 100 concurrent calls, and presents it', async () => {
    const { server, client } = await startTokenEndpoint()
    const { GET } = client()
    await Promise.all(Array.from({ length: 100 }, () => GET('/v1/me')))
    expect(server.count('/oauth2/token')).toBe(1)
    expect(server.received.at(-1)?.headers.authorization).toBe('Bearer machine-1')
  })

  it('form-encodes id and secret before Basic joins them (RFC 6749 §2.3.1)', async () => {
    const { server, client } = await startTokenEndpoint({ secret: 'p%40+%3A%C3%A4' })
    await client('a:b c', 'p@ :ä').GET('/v1/me')
    expect(atob(String(server.received[0]?.headers.authorization).slice(6))).toBe('a%3Ab+c:p%40+%3A%C3%A4')
    expect(server.received[1]?.headers.authorization).toBe('Bearer machine-1')
  })

  it('requests scope and audience where they are given', async () => {
    const { server, client } = await startTokenEndpoint()
    await client('robot', 'secret', { scope: 'a b', audience: 'https://api.example' }).GET('/v1/me')
    expect(Object.fromEntries(new URLSearchParams(server.received[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'a b',
      audience: 'https://api.example',
    })
  })

  it('requests a new token ahead of expiry, and uses the old one while the server is away', async () => {
    const { server, state, clock, client } = await startTokenEndpoint()
    const { GET } = client()
    await GET('/v1/me')
    clock.advance(3000)
    await GET('/v1/me')
    expect(state.issued).toBe(1)
    clock.advance(595)
    state.away = true
    await expect(GET('/v1/me')).rejects.toMatchObject({ code: 'transport_failed' })
    expect(server.received.at(-1)?.headers.authorization).toBe('Bearer machine-1')
    state.away = false
    await GET('/v1/me')
    expect(state.issued).toBe(2)
  })

  it('requests a new token when its token is refused', async () => {
    const { state, client } = await startTokenEndpoint()
    const { GET } = client()
    await GET('/v1/me')
    state.oldest = 2
    const answers = await Promise.all(Array.from({ length: 20 }, () => GET('/v1/me')))
    expect(answers.every(({ response }) => response.status === 200)).toBe(true)
    expect(state.issued).toBe(2)
  })

  it('revokes its token when it signs out (RFC 7009), and gets another when it is called again', async () => {
    const { state, client } = await startTokenEndpoint()
    const { GET, signOut } = client()
    await GET('/v1/me')
    await signOut()
    await signOut()
    expect(state.revoked).toEqual(['token=machine-1'])
    await GET('/v1/me')
    expect(state.issued).toBe(2)
  })

  it('keeps its token when it cannot be revoked, and requests none to revoke it', async () => {
    const { state, clock, client } = await startTokenEndpoint()
    const { GET, signOut } = client()
    await signOut()
    expect(state.issued).toBe(0)
    await GET('/v1/me')
    state.away = true
    await expect(signOut()).rejects.toMatchObject({ code: 'transport_failed' })
    state.away = false
    await GET('/v1/me')
    expect(state.issued).toBe(1)
    clock.advance(3601)
    await signOut()
    expect(state.revoked).toEqual([])
  })

  it('rejects with invalid_client and without the secret that the server echoes', async () => {
    const { client } = await startTokenEndpoint()
    const failure = await client('robot', 'wrong')
      .GET('/v1/me')
      .catch((error) => error)
    expect(failure).toMatchObject({ code: 'invalid_client', status: 401 })
    expect(JSON.stringify(failure) + failure.stack).not.toContain(btoa('robot:wrong'))
  })
})
