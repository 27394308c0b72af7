/**
 * The tables in SECURITY.md once more, where an API verifies tokens by itself: what ends a token at the server reaches the API's
 * verifier by the feed of revocations alone, since a silent feed is closed here.
 */
import { type Client, type Factor, localCaller, nativeSession, nativeSessionPolicy, type User } from '@countersign/core'
import { freePort, ManualTime, startTestServer } from '@countersign/server/testing'
import { createVerifier, VerificationError, type Verifier } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { addUser } from './people.ts'
import { toClients } from './survival/clients.ts'
import type { Issuer } from './survival/issuer.ts'
import { tableOf } from './survival/table.ts'
import { both, everyWayIn, toUsers, type UserEvent } from './survival/users.ts'
import { here, reveal } from './test-issuer.ts'

const orders = 'https://orders.example'
const ordersScopes = [{ name: 'orders:read', description: 'See orders.', leastRole: 'viewer' as const }]

interface Served extends AsyncDisposable {
  readonly issuer: Issuer
  readonly verifier: Verifier
}

/** A served issuer with one API, and the verifier of that API. */
async function open(): Promise<Served> {
  const time = new ManualTime()
  const server = await startTestServer({ port: await freePort(), inMemory: true, cheapHashes: true, time })
  const { store, domain, useCases, clock } = server.authority
  await useCases.apis.create({ identifier: orders, name: 'Orders', scopes: ordersScopes }, localCaller)
  const own = await server.client({ audience: [orders] })
  const by = { clientId: 'countersign', dialect: nativeSessionPolicy.dialect }
  const issuer: Issuer = {
    store,
    domain,
    useCases,
    clock: { now: () => clock.now(), latest: () => clock.latest(), advance: (seconds) => time.advance(seconds) },
    addUser: (given = {}) => addUser({ useCases }, given),
    addClient: (given = {}) => useCases.clients.create({ name: 'robot', ...given }, localCaller),
    refresh: (refreshToken, given) => useCases.refresh.exchange({ refreshToken, by, ...given }, here),
    accepts: async (token) => (await useCases.accessTokens.check(token)).outcome === 'active',
    revokeKeys: async (kid) => void (await useCases.keys.revoke(kid, localCaller)),
  }
  const verifier = createVerifier({
    issuer: server.url,
    resource: orders,
    client: { id: own.client.id, secret: own.secret },
    whenSilent: 'closed',
    // The tests are about what is told, not about when.
    maxStalenessSeconds: 30,
    clock: {
      epochSeconds: () => time.now(),
      elapsedSeconds: () => performance.now() / 1000,
      wait: (seconds, signal) => new Promise((resolve) => abortable(seconds, signal, resolve)),
    },
  })
  await verifier.ready()
  return {
    issuer,
    verifier,
    async [Symbol.asyncDispose]() {
      await verifier.close()
      await server.close()
    },
  }
}

function abortable(seconds: number, signal: AbortSignal, done: () => void): void {
  const timer = setTimeout(done, seconds * 1000)
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    done()
  })
}

const outcome = async (verifier: Verifier, token: string): Promise<string> => {
  try {
    await verifier.verify(token)
    return 'lives'
  } catch (error) {
    if (error instanceof VerificationError) return error.status === 401 ? 'ends' : error.code
    throw error
  }
}

const machineToken = async ({ useCases }: Issuer, client: Client) =>
  reveal((await useCases.clientCredentials.issue({ client, resources: [orders] }, here)).accessToken)

const orderReader = { apis: [{ identifier: orders, scope: 'orders:read' }] }

/** Runs `happens`, and returns when the verifier has read all that the feed tells of it. */
async function andHeardOf({ issuer, verifier }: Served, happens: () => Promise<unknown>): Promise<void> {
  const { client } = await issuer.addClient({ name: 'marker', ...orderReader })
  const token = await machineToken(issuer, client)
  expect(await outcome(verifier, token)).toBe('lives')
  await happens()
  // The feed is read in its order.
  await issuer.useCases.clients.disable(client.id, localCaller)
  await expect.poll(() => outcome(verifier, token), { interval: 2, timeout: 10_000 }).toBe('ends')
}

describe('what a user holds, at an API', () => {
  it.each(tableOf('event, for a user').rows)('when %s', async (event = '', ...expected) => {
    await using served = await open()
    const { issuer, verifier } = served
    const { happens, required = both } = toUsers[event] as UserEvent
    const target = { resources: [issuer.domain.issuer, orders] }
    const person = await everyWayIn(issuer, required, target)
    const who = {
      user: (await issuer.store.users.find(person.user.id)) as User,
      factors: required as readonly Factor[],
    }
    const policy = nativeSession(issuer.domain.policy, { cookie: false })
    const other = await issuer.useCases.sessions.open({ who, policy, target: { resources: [orders] } }, here)
    const atApi = await issuer.useCases.refresh.exchange(
      {
        refreshToken: person.refreshToken,
        by: { clientId: 'countersign', dialect: 'native' },
        resources: [orders],
      },
      here,
    )
    const tokens = [reveal(atApi.accessToken), reveal(other.accessToken)]
    expect(await Promise.all(tokens.map((token) => outcome(verifier, token)))).toEqual(['lives', 'lives'])
    await andHeardOf(served, () => happens({ ...person, refreshToken: reveal(atApi.refreshToken) }))
    expect(await Promise.all(tokens.map((token) => outcome(verifier, token)))).toEqual(expected.slice(4, 6))
  })
})

describe('what a client holds, at an API', () => {
  it.each(tableOf('event, for a client').rows)('when %s', async (event = '', ...expected) => {
    await using served = await open()
    const { issuer, verifier } = served
    const { client, credential } = await issuer.addClient(orderReader)
    const token = await machineToken(issuer, client)
    expect(await outcome(verifier, token)).toBe('lives')
    const { happens } = toClients[event] as (typeof toClients)[string]
    await andHeardOf(served, () => happens({ issuer, client, credentialId: credential.id }))
    expect(await outcome(verifier, token)).toBe(expected[1])
  })
})
