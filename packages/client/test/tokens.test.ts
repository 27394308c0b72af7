// Tokens with the server itself: what it must do so that a session of several APIs works, and what tokens do with it.
import { createTokens, memoryStore, passwordSession } from '@countersign/client'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpServer } from '../src/testing/http-server.ts'
import { manualClock } from '../src/testing/manual-clock.ts'

const password = 'correct horse battery staple'

const time = testClock()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ clock: time, users: [{ username: 'owner', role: 'owner', password }] })
})
afterAll(() => server.close())

const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers })

interface Issued {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
}
const issued = async (response: Promise<Response>) => (await (await response).json()) as Issued

function login(): Promise<Issued> {
  const body = JSON.stringify({ username: 'owner', password })
  const headers = { 'Content-Type': 'application/json' }
  return issued(fetch(`${server.url}/v1/sessions`, { method: 'POST', body, headers }))
}

const statusOf = async (token: string) =>
  (await fetch(`${server.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } })).status

describe('the server', () => {
  it('repeats a refresh for something else than the first time: the same successor, the access token as asked', async () => {
    const { refresh_token } = await login()
    const refresh = async (scope: string) => {
      const form = { grant_type: 'refresh_token', client_id: 'countersign', refresh_token, scope }
      return issued(post('/oauth2/token', form, { 'Idempotency-Key': 'k'.repeat(22) }))
    }
    const [first, second] = [await refresh('read'), await refresh('read write')]
    expect([first.scope, second.scope]).toEqual(['read', 'read write'])
    expect(second.refresh_token).toBe(first.refresh_token)
    expect(second.access_token).not.toBe(first.access_token)
    expect([await statusOf(first.access_token), await statusOf(second.access_token)]).toEqual([200, 200])
  })

  it('ends a session whose refresh token is revoked after it was spent', async () => {
    const { refresh_token } = await login()
    const form = { grant_type: 'refresh_token', client_id: 'countersign', refresh_token }
    const { access_token } = await issued(post('/oauth2/token', form))
    expect(await statusOf(access_token)).toBe(200)
    expect((await post('/oauth2/revoke', { token: refresh_token, client_id: 'countersign' })).status).toBe(200)
    expect(await statusOf(access_token)).toBe(401)
  })
})

/** Tokens of the owner's, and an API that asks the server about each token. */
async function owner() {
  const api = await startHttpServer(async ({ headers }) => {
    const status = await statusOf(String(headers.authorization).slice(7))
    return { status, json: { status } }
  })
  const clock = manualClock()
  const store = memoryStore()
  const auth = passwordSession({ username: 'owner', password, relogin: false })
  const tokens = createTokens({ issuer: server.url, auth, store, clock, origins: [api.url] })
  return { api, clock, store, tokens }
}

describe('tokens of a session', () => {
  it('are replaced ahead of their expiry through an hour, so that the API refuses none', async () => {
    const { api, clock, tokens } = await owner()
    for (let minute = 0; minute < 60; minute += 1) {
      expect((await tokens.fetch(`${api.url}/a`)).status).toBe(200)
      time.advance(60)
      clock.advance(60)
    }
    expect(api.received).toHaveLength(60)
  })

  it('are replaced after a 401, and revoked with the session by signOut', async () => {
    const { api, store, tokens } = await owner()
    await tokens.fetch(api.url)
    time.advance(601)
    expect((await tokens.fetch(api.url, { method: 'POST', body: 'abc' })).status).toBe(200)
    expect(api.received.map(({ body }) => body)).toEqual(['', 'abc', 'abc'])
    const { accessToken = '' } = (await store.read()) ?? {}
    expect(await statusOf(accessToken)).toBe(200)
    await tokens.signOut()
    expect(await statusOf(accessToken)).toBe(401)
    expect(await store.read()).toBeUndefined()
  })
})
