import { describe, expect, it } from 'vitest'
import { createClient } from '../calls/client.ts'
import { type Received, startHttpServer } from '../testing/http-server.ts'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import { manifoldBasic } from './manifold-basic.ts'

const refused = { status: 401, json: { code: 401, error: 'Not authorized here', details: [] } }

/** The vendor's wire: Basic or a refresh token at one path, tokens without a lifetime. */
async function startManifold(options: { refresh: boolean; password?: string }) {
  const state = { issue: 0, acceptsRefresh: true, oldest: 1, basics: 0 }
  const issued = () => {
    state.issue += 1
    const refresh = options.refresh ? { refresh_token: `refresh-${state.issue}` } : {}
    return { status: 200, json: { token: `access-${state.issue}`, ...refresh } }
  }
  const react = ({ path, headers }: Received) => {
    const authorization = String(headers.authorization)
    if (path === '/.well-known/oauth-authorization-server') return { status: 404 }
    if (path !== '/manifold-api/login') {
      return Number(authorization.split('-')[1]) >= state.oldest ? { status: 200, json: { instances: [] } } : refused
    }
    if (authorization.startsWith('Basic ')) {
      state.basics += 1
      const shown = Buffer.from(authorization.slice(6), 'base64').toString('utf8')
      return shown === `ada:${options.password ?? 'pässwörd'}` ? issued() : refused
    }
    return state.acceptsRefresh && authorization === `Bearer refresh-${state.issue}` ? issued() : refused
  }
  const server = await startHttpServer(react)
  const clock = manualClock()
  const auth = manifoldBasic({ username: 'ada', password: 'pässwörd' })
  const client = createClient({ baseUrl: server.url, auth, clock, random: countingRandom() })
  // The contract need not have the dialect: the source is for servers that do.
  const request = client.request as (method: string, path: string) => Promise<{ response: Response }>
  return { server, state, clock, list: () => request('GET', '/manifold-api/v3-preview/cloud/instance') }
}

describe('a Manifold session', () => {
  it('logs in with Basic in UTF-8 (RFC 7617) and presents the token', async () => {
    const { server, list } = await startManifold({ refresh: true })
    expect((await list()).response.status).toBe(200)
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /manifold-api/login',
      'GET /manifold-api/v3-preview/cloud/instance',
    ])
  })

  it('refreshes on the same path with the refresh token as Bearer and a retry key', async () => {
    const { server, state, clock, list } = await startManifold({ refresh: true })
    await list()
    clock.advance(590)
    await list()
    const refresh = server.received.filter(({ path }) => path === '/manifold-api/login').at(-1)
    expect(refresh?.headers).toMatchObject({ authorization: 'Bearer refresh-1' })
    expect(refresh?.headers['idempotency-key']).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(state.basics).toBe(1)
  })

  it('falls back to Basic when the refresh token is refused', async () => {
    const { state, list } = await startManifold({ refresh: true })
    await list()
    state.acceptsRefresh = false
    state.oldest = 2
    expect((await list()).response.status).toBe(200)
    expect(state.basics).toBe(2)
  })

  it('logs in again with Basic where the server gives no refresh token', async () => {
    const { state, clock, list } = await startManifold({ refresh: false })
    await list()
    clock.advance(600)
    expect((await list()).response.status).toBe(200)
    expect(state.basics).toBe(2)
  })

  it('does not send a refused password a second time', async () => {
    const { state, list } = await startManifold({ refresh: true, password: 'other' })
    await expect(list()).rejects.toMatchObject({ code: 'token_invalid', status: 401 })
    await expect(list()).rejects.toMatchObject({ code: 'session_expired' })
    expect(state.basics).toBe(1)
  })

  it('refuses a username that Basic cannot carry', () => {
    expect(() => manifoldBasic({ username: 'a:b', password: 'x' })).toThrow(TypeError)
  })
})
