// Tokens for several APIs with the server itself: one session, one refresh token, an access token for each API.
import { createTokens, memoryStore, passwordSession, tokenExchange } from '@countersign/client'
import { startTestServer, type TestServer, testClock } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manualClock } from '../src/testing/manual-clock.ts'

const password = 'correct horse battery staple'

const apis = ['https://orders.example', 'https://bills.example'] as const
const [orders, bills] = apis
const time = testClock()
let server: TestServer
const guards = new Map<string, string>()

beforeAll(async () => {
  server = await startTestServer({ clock: time, users: [{ username: 'owner', role: 'owner', password }] })
  for (const identifier of apis) {
    await server.addApi({ resource: identifier, name: 'API', scopes: [{ name: 'see' }] })
    const { id, secret } = await server.addClient({ name: identifier, audience: [identifier] })
    guards.set(identifier, btoa(`${id}:${secret}`))
  }
})
afterAll(() => server.close())

/** What the server says of a token, when an API asks. */
async function seenBy(identifier: string, token: string) {
  const response = await fetch(`${server.url}/oauth2/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${guards.get(identifier)}` },
    body: new URLSearchParams({ token }),
  })
  return (await response.json()) as { readonly active: boolean; readonly act?: object; readonly scope?: string }
}

const session = () => passwordSession({ username: 'owner', password, relogin: false })

describe('tokens for several APIs', () => {
  it('share a session: 20 programs on one store, for both APIs, through ten lifetimes of access tokens', async () => {
    const store = memoryStore()
    const before = await server.auditCounts()
    const clocks = Array.from({ length: 20 }, () => manualClock())
    const programs = clocks.map((clock) =>
      createTokens({ issuer: server.url, auth: session(), resource: apis, store, clock }),
    )
    await programs[0]?.get()
    for (let round = 0; round < 10; round++) {
      const found = await Promise.all(
        programs.flatMap((tokens, index) =>
          apis.map(async (resource) => {
            const token = await tokens.get({ resource, scope: index % 2 === 0 ? undefined : 'see' })
            return [resource, (await seenBy(resource, token.reveal())).active]
          }),
        ),
      )
      expect(found.filter(([, active]) => active !== true)).toEqual([])
      time.advance(600)
      for (const clock of clocks) clock.advance(600)
    }
    const after = await server.auditCounts()
    expect((after.authorization_created ?? 0) - (before.authorization_created ?? 0)).toBe(1)
    expect(after.authorization_reused ?? 0).toBe(before.authorization_reused ?? 0)
  }, 120_000)

  it('are each for one API, and none is for the server', async () => {
    const tokens = createTokens({ issuer: server.url, auth: session(), resource: apis })
    const token = (await tokens.get({ resource: bills })).reveal()
    expect([(await seenBy(bills, token)).active, (await seenBy(orders, token)).active]).toEqual([true, false])
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`${server.url}/v1/me`, { headers })).status).toBe(401)
    await tokens.signOut()
    expect((await seenBy(bills, token)).active).toBe(false)
  })

  it('come by exchange from a session for the server (RFC 8693)', async () => {
    const auth = tokenExchange({ subject: session(), resource: orders, clientId: 'countersign', scope: 'see' })
    const tokens = createTokens({ issuer: server.url, auth, origins: [orders] })
    const token = (await tokens.get()).reveal()
    expect(await seenBy(orders, token)).toMatchObject({ active: true, scope: 'see', act: { sub: 'countersign' } })
  })

  it('are refused with the code of the standards for an API that does not exist', async () => {
    const tokens = createTokens({ issuer: server.url, auth: session(), resource: 'https://unknown.example' })
    await expect(tokens.get()).rejects.toMatchObject({ code: 'target_invalid' })
  })
})
