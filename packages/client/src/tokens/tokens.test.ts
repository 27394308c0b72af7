import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../calls/client.ts'
import { staticToken } from '../session/token-source.ts'
import { memoryStore } from '../session/token-store.ts'
import { clientCredentials } from '../sources/client-credentials.ts'
import { manifoldBasic } from '../sources/manifold-basic.ts'
import { passwordSession } from '../sources/password-session.ts'
import { audienceRules } from '../testing/audience-rules.ts'
import { type Reaction, type Received, startHttpServer } from '../testing/http-server.ts'
import { countingRandom, manualClock } from '../testing/manual-clock.ts'
import { problem } from '../testing/session-rules.ts'
import { createTokens } from './create-tokens.ts'
import type { TokenEvents } from './events.ts'
import type { Tokens, TokensOptions } from './tokens.ts'

const [orders, bills] = ['https://orders.example', 'https://bills.example']

async function setUp(options: Partial<TokensOptions> = {}, react?: (request: Received) => Reaction | undefined) {
  const rules = audienceRules()
  const clock = manualClock()
  // The server's clock goes with this one.
  const dated = (reaction: Reaction): Reaction => {
    const now = new Date(clock.epochSeconds() * 1000).toUTCString()
    return 'status' in reaction ? { ...reaction, headers: { Date: now, ...reaction.headers } } : reaction
  }
  const issuer = await startHttpServer((request) => dated(react?.(request) ?? rules.react(request)))
  const store = memoryStore()
  const tokens = createTokens({
    issuer: issuer.url,
    auth: passwordSession({ username: 'ada', password: 'correct horse', relogin: false }),
    resource: [orders, bills],
    store,
    clock,
    random: countingRandom(),
    ...options,
  })
  return { rules, issuer, clock, store, tokens, heard: listening(tokens) }
}

function listening(tokens: Tokens) {
  const heard: string[] = []
  tokens.on('change', ({ kind, resource }) => heard.push(resource === undefined ? kind : `${kind} ${resource}`))
  tokens.on('expired', ({ code, refusal }) => heard.push(`${code} ${refusal}`))
  tokens.on('advisory', ({ code, message }) => heard.push(`${code}: ${message}`))
  return heard
}

const isRefresh = ({ path }: Received) => path === '/v1/sessions/refresh'

describe('the events of tokens', () => {
  it('tell that another token is used, and that this program signed out; once each', async () => {
    const { heard, clock, tokens } = await setUp()
    for (let call = 0; call < 3; call += 1) await tokens.get()
    for (let call = 0; call < 3; call += 1) await tokens.get({ resource: bills })
    clock.advance(601)
    await tokens.get()
    await tokens.signOut()
    expect(heard).toEqual(['obtained', `obtained ${bills}`, 'obtained', 'signed_out'])
  })

  it('tell that another process has obtained a token', async () => {
    const { clock, store, issuer, tokens, heard } = await setUp()
    await tokens.get()
    clock.advance(601)
    const auth = passwordSession({ username: 'ada' })
    const other = createTokens({ issuer: issuer.url, auth, store, clock, resource: [orders, bills] })
    const token = await other.get()
    expect((await tokens.get()).equals(token)).toBe(true)
    expect(heard).toEqual(['obtained', 'obtained'])
  })

  it('tell once that the user must log in again, until there is a token', async () => {
    let known = false
    const { rules, clock, tokens, heard } = await setUp({
      auth: passwordSession({
        credentials: async () => ({ username: 'ada', password: known ? 'correct horse' : '' }),
        relogin: false,
      }),
    })
    known = true
    await tokens.get()
    rules.endSession()
    clock.advance(601)
    const outcomes = await Promise.allSettled([tokens.get(), tokens.get({ resource: bills }), tokens.get()])
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await tokens.signOut()
    expect(heard).toEqual(['obtained', 'session_expired grant_invalid', 'signed_out'])
  })

  it('advise that token requests fail, and that an old token is used meanwhile', async () => {
    let isAway = false
    const { clock, tokens, heard } = await setUp({}, (request) =>
      isAway && isRefresh(request) ? problem(503, 'unavailable') : undefined,
    )
    const token = await tokens.get()
    isAway = true
    clock.advance(590)
    expect((await tokens.get()).equals(token)).toBe(true)
    expect(heard.slice(1)).toEqual([
      ...Array(4).fill('request_failed: POST /v1/sessions/refresh failed (HTTP 503)'),
      'refresh_failed: A token could not be replaced before it expires; it is used until then',
    ])
  })

  it('advise that the network is cut, without a secret', async () => {
    const { clock, tokens, heard } = await setUp({}, (request) => (isRefresh(request) ? { cut: 'before' } : undefined))
    await tokens.get()
    clock.advance(601)
    const advisories: unknown[] = []
    tokens.on('advisory', (advisory) => advisories.push(advisory))
    await expect(tokens.get()).rejects.toMatchObject({ code: 'transport_failed' })
    expect(heard.slice(1)).toEqual(Array(4).fill(expect.stringMatching(/^request_failed: .+ \([\w-]+\)$/)))
    expect(inspect(advisories, { depth: 9 })).not.toMatch(/access-|refresh-\d|correct horse/)
  })

  it('advise that tokens could not be stored', async () => {
    const full = memoryStore()
    full.replace = async () => {
      throw new RangeError('no space')
    }
    const { tokens, heard } = await setUp({ store: full })
    await expect(tokens.get()).rejects.toThrow('no space')
    expect(heard).toEqual(['store_failed: Received tokens could not be stored'])
  })

  it.each([
    [-3600, "This clock is 3600 s behind the server's"],
    [120, "This clock is 120 s ahead of the server's"],
  ])('advise once that the clock is off by %i s', async (wrong, message) => {
    const date = new Date(1_900_000_000_000).toUTCString()
    const { clock, tokens, heard } = await setUp({}, () => ({
      status: 201,
      json: { token_type: 'Bearer', access_token: 'a', refresh_token: 'b', expires_in: 600 },
      headers: { Date: date },
    }))
    clock.setWallClock(1_900_000_000 + wrong)
    await tokens.get()
    expect(heard).toEqual([`clock_off: ${message}`, 'obtained'])
    await tokens.signOut().catch(() => {})
    expect(heard.filter((line) => line.startsWith('clock_off'))).toHaveLength(1)
  })

  it('are not passed to a listener that was removed, or of another event', async () => {
    const { tokens } = await setUp()
    const heard: string[] = []
    const listener = ({ kind }: TokenEvents['change']) => heard.push(kind)
    const removeFirst = tokens.on('change', listener)
    tokens.on('change', listener)
    tokens.on('expired', () => heard.push('expired'))
    removeFirst()
    removeFirst()
    await tokens.get()
    expect(heard).toEqual(['obtained'])
  })

  it('do not fail a call when a listener throws: that is an uncaught error', async () => {
    const { tokens } = await setUp()
    const uncaught: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error))
    tokens.on('change', () => {
      throw new RangeError('of the listener')
    })
    await tokens.get()
    await vi.waitFor(() => expect(uncaught).toEqual([new RangeError('of the listener')]))
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener)
  })
})

describe('signing out of tokens', () => {
  it('revokes the refresh token, whatever has become of the access tokens (RFC 7009)', async () => {
    const { rules, clock, store, tokens } = await setUp()
    await tokens.get({ resource: bills })
    clock.advance(601)
    const { refreshToken = '' } = (await store.read()) ?? {}
    await tokens.signOut()
    expect(rules.revoked.map((form) => Object.fromEntries(new URLSearchParams(form)))).toEqual([
      { token: refreshToken, client_id: 'countersign' },
    ])
    expect(await store.read()).toBeUndefined()
    await tokens.signOut()
    expect(rules.revoked).toHaveLength(1)
    await tokens.get()
    expect(rules.counts.logins).toBe(2)
  })

  it('forgets nothing if the server cannot be reached', async () => {
    let isAway = true
    const { rules, store, tokens } = await setUp({}, ({ path }) =>
      isAway && path === '/oauth2/revoke' ? { cut: 'before' } : undefined,
    )
    await tokens.get()
    await expect(tokens.signOut()).rejects.toMatchObject({ code: 'transport_failed' })
    expect(await store.read()).toBeDefined()
    isAway = false
    await tokens.signOut()
    expect(rules.revoked).toHaveLength(1)
  })

  it("revokes each of a client's tokens", async () => {
    const { rules, tokens } = await setUp({ auth: clientCredentials({ clientId: 'a', clientSecret: 'b' }) })
    const held = [await tokens.get(), await tokens.get({ resource: bills })]
    await tokens.signOut()
    expect(rules.revoked).toEqual(held.map((token) => `token=${token.reveal()}`))
  })

  it('ends the session of a fixed token, if it has one', async () => {
    const issuer = await startHttpServer(({ headers }) =>
      headers.authorization === 'Bearer abc' ? { status: 204 } : problem(403, 'access_denied'),
    )
    const tokensOf = (auth: string) => createTokens({ issuer: issuer.url, auth: staticToken(auth) })
    await tokensOf('abc').signOut()
    expect(issuer.received).toMatchObject([{ method: 'DELETE', path: '/v1/sessions/current' }])
    await expect(tokensOf('cs_pat_x').signOut()).rejects.toMatchObject({ code: 'access_denied' })
  })
})

describe('a source that has tokens for one API only', () => {
  it('is not asked for another one, and not used for an API that it cannot name', async () => {
    const issuer = 'https://auth.example'
    const tokens = createTokens({ issuer, auth: staticToken('abc'), resource: [orders, bills], scope: 'a' })
    expect((await tokens.get()).reveal()).toBe('abc')
    expect((await tokens.get({ resource: orders, scope: 'a' })).reveal()).toBe('abc')
    await expect(tokens.get({ resource: bills })).rejects.toThrow(TypeError)
    await expect(tokens.get({ scope: 'b' })).rejects.toThrow(TypeError)
    await expect(tokens.fetch(bills)).rejects.toThrow(TypeError)
    const auth = manifoldBasic({ username: 'ada', password: 'x' })
    expect(() => createTokens({ issuer, auth, resource: orders })).toThrow(TypeError)
    expect(() => createTokens({ issuer, auth })).not.toThrow()
  })

  it('that gives none is an expired session', async () => {
    const tokens = createTokens({ issuer: 'https://auth.example', auth: () => undefined })
    await expect(tokens.get()).rejects.toMatchObject({ code: 'session_expired' })
  })
})

describe('tokens', () => {
  it('show no secret when they are printed', async () => {
    const { tokens } = await setUp()
    const token = await tokens.get()
    for (const text of [inspect(tokens, { depth: 9, showHidden: true }), JSON.stringify(tokens), `${token}`]) {
      expect(text).not.toMatch(/access-\d|refresh-\d|correct horse/)
    }
  })

  it('are not made for plain http to another host', () => {
    expect(() => createTokens({ issuer: 'http://auth.example', auth: () => 'a' })).toThrow(/^issuer is plain http/)
    expect(() => createTokens({ issuer: 'https://a.example', auth: () => 'a', retryWindowSeconds: 0 })).toThrow(
      TypeError,
    )
  })

  it('stop waiting when the signal of a call aborts', async () => {
    const signal = AbortSignal.abort(new RangeError('enough'))
    const { tokens, issuer } = await setUp()
    await expect(tokens.get({ signal })).rejects.toThrow('enough')
    expect(issuer.received).toEqual([])
  })
})

interface OwnPaths {
  '/orders': { get: { responses: { 200: { content: { 'application/json': { audience: string } } } } } }
  '/healthz': { get: { responses: { 200: { content: { 'application/json': { audience: string } } } } } }
}

describe('a client of an API of its own', () => {
  it.each(['tokens', 'a source and the issuer'])('has the token of that API, from %s', async (how) => {
    const rules = audienceRules()
    const issuer = await startHttpServer(rules.react)
    const api = await startHttpServer((request) => {
      const audience = rules.tokenOf(request)?.audience
      return audience?.startsWith(api.url) ? { status: 200, json: { audience } } : { status: 401, json: { code: 'no' } }
    })
    const auth = passwordSession({ username: 'ada', password: 'correct horse' })
    const baseUrl = `${api.url}/v2`
    const client =
      how === 'tokens'
        ? createClient<OwnPaths>({ baseUrl, auth: createTokens({ issuer: issuer.url, auth, resource: api.url }) })
        : createClient<OwnPaths>({ baseUrl, auth, issuer: issuer.url })
    const { data } = await client.GET('/orders')
    expect(data?.audience).toBe(how === 'tokens' ? api.url : baseUrl)
    rules.expireAccessTokens()
    // The server itself reads no token there; another API may.
    expect((await client.GET('/healthz')).response.status).toBe(200)
    expect(api.received.map(({ path }) => path)).toEqual(['/v2/orders', '/v2/healthz', '/v2/healthz'])
    await client.signOut()
    expect(rules.revoked).toHaveLength(1)
    const foreign = createClient<OwnPaths>({
      baseUrl: issuer.url,
      auth: createTokens({ issuer: issuer.url, auth, resource: api.url }),
    })
    await expect(foreign.GET('/orders')).rejects.toMatchObject({ code: 'foreign_origin' })
  })
})

describe('in a page of another origin', () => {
  afterEach(() => vi.unstubAllGlobals())
  const page = { origin: 'https://app.example', href: 'https://app.example/' }
  const metadata = 'https://auth.example/.well-known/oauth-authorization-server'
  const refusing = (readable: (url: string) => boolean) => {
    const sent: string[] = []
    const fetch = async (request: Request): Promise<Response> => {
      sent.push(request.url)
      if (!readable(request.url)) throw new TypeError('Failed to fetch')
      return new Response('{}', { status: 200 })
    }
    return { sent, fetch }
  }
  const options = { issuer: 'https://auth.example', auth: passwordSession({ username: 'ada', password: 'x' }) }

  it('a refused origin is reported, after one request for the metadata, and nothing is repeated', async () => {
    vi.stubGlobal('location', page)
    const { sent, fetch } = refusing((url) => url === metadata)
    const refused = { code: 'transport_failed', reason: 'origin_refused' }
    const call = createTokens({ ...options, fetch }).get()
    await expect(call).rejects.toMatchObject(refused)
    await expect(call).rejects.toThrow('This server does not allow calls from this origin')
    expect(sent).toEqual(['https://auth.example/v1/sessions', metadata])
    const client = createClient({ baseUrl: 'https://auth.example', fetch })
    await expect(client.GET('/healthz')).rejects.toMatchObject(refused)
  })

  it('a server that is away, or that has answered before, is a failure of the network', async () => {
    vi.stubGlobal('location', page)
    let isUp = true
    const { sent, fetch } = refusing((url) => isUp || url === metadata)
    const client = createClient({ baseUrl: 'https://auth.example', fetch, retries: 0 })
    await client.GET('/healthz')
    isUp = false
    await expect(client.GET('/healthz')).rejects.toMatchObject({ reason: 'network' })
    expect(sent).toHaveLength(2)
    const away = createClient({ baseUrl: 'https://auth.example', fetch: refusing(() => false).fetch, retries: 0 })
    await expect(away.GET('/healthz')).rejects.toMatchObject({ reason: 'network' })
  })

  it.each([undefined, { origin: 'https://auth.example', href: 'https://auth.example/' }])(
    'only: nothing is asked besides elsewhere (%o)',
    async (location) => {
      vi.stubGlobal('location', location)
      const { sent, fetch } = refusing((url) => url === metadata)
      const client = createClient({ baseUrl: 'https://auth.example', fetch, retries: 0 })
      await expect(client.GET('/healthz')).rejects.toMatchObject({ reason: 'network' })
      expect(sent).toHaveLength(1)
    },
  )
})
