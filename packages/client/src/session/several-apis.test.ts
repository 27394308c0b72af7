import { describe, expect, it } from 'vitest'
import { passwordSession } from '../sources/password-session.ts'
import { type AudienceRulesOptions, audienceRules } from '../testing/audience-rules.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { countingRandom, type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { createTokens } from '../tokens/create-tokens.ts'
import { parseRecord, type SessionRecord } from './record.ts'
import { memoryStore, type TokenStore } from './token-store.ts'

const [orders, bills, stock] = ['https://orders.example', 'https://bills.example', 'https://stock.example']
const refreshPath = '/v1/sessions/refresh'
const never = { logins: 1, repeats: 0, reuses: 0, clientTokens: 0 }

async function startSession(options: AudienceRulesOptions = {}) {
  const rules = audienceRules(options)
  let meanwhile: (() => Promise<unknown>) | undefined
  const server = await startHttpServer(async (request) => {
    const reaction = rules.react(request)
    const now = request.path === refreshPath ? meanwhile : undefined
    if (now) meanwhile = undefined
    await now?.()
    return reaction
  })
  const clock = manualClock()
  const store = memoryStore()
  /** Tokens of a process of its own: it shares nothing but the store. */
  const newProcess = (own: { store?: TokenStore; clock?: ManualClock } = {}) => {
    const tokens = createTokens({
      issuer: server.url,
      auth: passwordSession({ username: 'ada', password: 'correct horse', relogin: false }),
      resource: [orders, bills, stock],
      store,
      clock,
      random: countingRandom(),
      ...own,
    })
    return { tokens, get: async (resource?: string) => (await tokens.get(resource ? { resource } : {})).reveal() }
  }
  const audienceOf = (token: string) =>
    rules.tokenOf({ method: '', path: '', body: '', headers: { authorization: `Bearer ${token}` } })?.audience
  return {
    rules,
    server,
    clock,
    store,
    newProcess,
    audienceOf,
    /** Once, after the server has done the next refresh for itself, and before it answers. */
    duringNextRefresh: (work: () => Promise<unknown>) => {
      meanwhile = work
    },
  }
}

describe('a session of several APIs', () => {
  it('names all of them at login, and begins with a token for the first', async () => {
    const { server, newProcess, audienceOf } = await startSession()
    expect(audienceOf(await newProcess().get())).toBe(orders)
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      username: 'ada',
      password: 'correct horse',
      resource: [orders, bills, stock],
    })
    expect(server.received).toHaveLength(1)
  })

  it('gives a token for another one without a second login, and keeps each until it is about to expire', async () => {
    const { server, rules, newProcess, audienceOf } = await startSession()
    const { get } = newProcess()
    const seen = [await get(), await get(bills), await get(stock), await get(), await get(bills), await get(stock)]
    expect(seen.slice(0, 3).map(audienceOf)).toEqual([orders, bills, stock])
    expect(seen.slice(3)).toEqual(seen.slice(0, 3))
    // A login has no refresh token before it, so the first other token spends its one.
    expect(rules.counts).toEqual({ ...never, rotations: 1, repeats: 1 })
    const refreshes = server.received.filter(({ path }) => path === refreshPath)
    expect(refreshes.map(({ body }) => JSON.parse(body).resource)).toEqual([bills, stock])
    expect(new Set(refreshes.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  })

  it('shares one request among concurrent calls for the same API and scope', async () => {
    const { server, newProcess, audienceOf } = await startSession()
    const { get, tokens } = newProcess()
    const wanted = [orders, bills, orders, bills, orders, bills]
    const received = await Promise.all(wanted.map(get))
    expect(received.map(audienceOf)).toEqual(wanted)
    expect(new Set(received).size).toBe(2)
    const scoped = await Promise.all([1, 2].map(() => tokens.get({ resource: bills, scope: 'bills:read' })))
    expect(scoped[0]?.equals(scoped[1] as never)).toBe(true)
    expect(received).not.toContain(scoped[0]?.reveal())
    expect(server.count(refreshPath)).toBe(2)
  })

  it('spends no refresh token for another API within the retry window, and afterwards one', async () => {
    const { rules, clock, newProcess } = await startSession()
    const { get } = newProcess()
    await get(bills)
    clock.advance(40)
    await get(stock)
    expect(rules.counts).toMatchObject({ rotations: 1, repeats: 1 })
    clock.advance(605)
    await get(bills)
    expect(rules.counts).toMatchObject({ rotations: 2, repeats: 1 })
    await get(stock)
    await get()
    expect(rules.counts).toEqual({ ...never, rotations: 2, repeats: 3 })
  })

  it('waits for the end of a retry window that is almost over', async () => {
    const { rules, clock, newProcess } = await startSession()
    const { get } = newProcess()
    await get(bills)
    clock.advance(58)
    await get(stock)
    expect(clock.pauses).toEqual([expect.closeTo(2)])
    expect(rules.counts).toEqual({ ...never, rotations: 2 })
  })

  it('spends its refresh token if the server does not repeat the last refresh any more', async () => {
    const { rules, newProcess, audienceOf } = await startSession({ repeats: () => false })
    const { get } = newProcess()
    await get(bills)
    expect(audienceOf(await get(stock))).toBe(stock)
    expect(rules.counts).toEqual({ ...never, rotations: 2 })
  })

  it('goes on when the server refuses a token for an API or a scope, and says which', async () => {
    const { rules, newProcess, audienceOf } = await startSession()
    const { tokens, get } = newProcess()
    const foreign = tokens.get({ resource: 'https://other.example' })
    await expect(foreign).rejects.toMatchObject({ name: 'ProblemError', code: 'target_invalid', status: 400 })
    const wide = tokens.get({ resource: bills, scope: 'everything' })
    await expect(wide).rejects.toMatchObject({ code: 'scope_invalid' })
    expect(audienceOf(await get(bills))).toBe(bills)
    expect(rules.counts).toEqual({ ...never, rotations: 1 })
  })
})

describe('processes that share a session of several APIs', () => {
  it('get tokens for different APIs at once, and none spends a token that another one has spent', async () => {
    const { rules, newProcess, audienceOf } = await startSession()
    await newProcess().get()
    const wanted = [bills, stock, orders, bills, stock, orders, bills, stock]
    const received = await Promise.all(wanted.map((resource) => newProcess().get(resource)))
    expect(received.map(audienceOf)).toEqual(wanted)
    expect(rules.counts).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })

  it('use the tokens that another one has got', async () => {
    const { server, newProcess } = await startSession()
    const first = newProcess()
    const seen = [await first.get(), await first.get(bills), await first.get(stock)]
    const asked = server.received.length
    const second = newProcess()
    expect([await second.get(), await second.get(bills), await second.get(stock)]).toEqual(seen)
    expect(server.received).toHaveLength(asked)
  })

  it('go on with the record of the one that was faster, while a token for another API is on its way', async () => {
    const { rules, clock, newProcess, audienceOf, duringNextRefresh } = await startSession()
    const [one, other] = [newProcess(), newProcess()]
    await one.get()
    clock.advance(601)
    duringNextRefresh(() => other.get(bills))
    expect(audienceOf(await one.get(stock))).toBe(stock)
    expect(audienceOf(await other.get(stock))).toBe(stock)
    expect(rules.counts).toMatchObject({ logins: 1, rotations: 1, reuses: 0 })
  })

  it('end a session that another one signed out of while a token for another API is on its way', async () => {
    const { rules, store, newProcess, duringNextRefresh } = await startSession()
    const [one, other] = [newProcess(), newProcess()]
    await one.get(bills)
    duringNextRefresh(() => other.tokens.signOut())
    await expect(one.get(stock)).rejects.toMatchObject({ code: 'session_expired' })
    expect(await store.read()).toBeUndefined()
    expect(rules.counts.logins).toBe(1)
  })

  it('survive lost answers, whatever API they were for', async () => {
    const rules = audienceRules()
    let turn = 0
    const server = await startHttpServer((request) => {
      const reaction = rules.react(request)
      if (request.path !== refreshPath) return reaction
      turn += 1
      return turn % 3 === 0 ? reaction : { cut: 'before' }
    })
    const clock = manualClock()
    const store = memoryStore()
    const auth = passwordSession({ username: 'ada', password: 'correct horse', relogin: false, store })
    const options = { issuer: server.url, auth, resource: [orders, bills, stock], clock, random: countingRandom() }
    const processes = [1, 2, 3, 4].map(() => createTokens(options))
    await processes[0]?.get()
    for (let minute = 0; minute < 60; minute += 5) {
      clock.advance(300)
      await Promise.all(processes.map((tokens, index) => tokens.get({ resource: [bills, stock][index % 2] })))
    }
    expect(rules.counts).toMatchObject({ logins: 1, reuses: 0 })
    expect(rules.counts.rotations).toBeGreaterThan(5)
  })
})

describe('a stored record', () => {
  const old: SessionRecord = {
    retryKey: 'k'.repeat(22),
    kind: 'password',
    baseUrl: 'https://auth.example',
    username: 'ada',
    accessToken: 'access-0',
    refreshToken: 'refresh-1-0',
    issuedAt: 1_800_000_000,
    expiresAt: 1_800_000_600,
  }

  it('of version 0.1.0 is read, and its young refresh token is not spent for another API', async () => {
    const { rules, server, clock, store, newProcess, audienceOf } = await startSession()
    await newProcess().get()
    const { others: _, resource: __, ...stored } = (await store.read()) as SessionRecord
    await store.replace(stored, { ...stored, accessToken: 'access-0' })
    clock.advance(10)
    expect(audienceOf(await newProcess().get(bills))).toBe(bills)
    expect(clock.pauses).toEqual([expect.closeTo(50)])
    expect(server.count(refreshPath)).toBe(1)
    expect(rules.counts).toEqual({ ...never, rotations: 1 })
    // The server's own token stays where version 0.1.0 looks for it.
    expect(await store.read()).toMatchObject({ accessToken: 'access-0', others: [{ resource: bills }] })
  })

  it('is validated with all its tokens', () => {
    const more = { accessToken: 'access-1', expiresAt: 1, resource: orders, scope: 'orders:read' }
    const predecessor = { refreshToken: 'refresh-1-0', retryKey: 'l'.repeat(22) }
    for (const record of [old, { ...old, others: [] }, { ...old, ...more, others: [more, more], predecessor }]) {
      expect(parseRecord(JSON.parse(JSON.stringify(record)))).toEqual(record)
    }
    const unsound = [
      { resource: 1 },
      { accessToken: '' },
      { expiresAt: null },
      { others: {} },
      { others: [{ ...more, accessToken: undefined }] },
      { others: [{ ...more, scope: 1 }] },
      { others: [null] },
      { predecessor: 'refresh-1-0' },
      { predecessor: { ...predecessor, retryKey: 1 } },
    ]
    for (const member of unsound) expect(parseRecord({ ...old, ...member }), JSON.stringify(member)).toBeUndefined()
  })

  it('keeps no token that has expired', async () => {
    const { store, clock, newProcess } = await startSession()
    const { get } = newProcess()
    await get(bills)
    clock.advance(300)
    await get(stock)
    clock.advance(310)
    await get(bills)
    const { others = [], resource } = (await store.read()) ?? {}
    expect([resource, ...others.map(({ resource }) => resource)]).toEqual([bills, stock])
  })
})
