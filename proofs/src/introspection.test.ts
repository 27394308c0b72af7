import { type Client, nativeSessionPolicy } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { here, hexSessionPolicy, issuerUrl, openTestIssuer, reveal } from './test-issuer.ts'

const inactive = { active: false }

async function withClients() {
  const issuer = await openTestIssuer()
  await issuer.addUser()
  const apis = ['https://own.example', 'https://shared.example']
  for (const identifier of apis) await issuer.useCases.apis.create({ identifier, name: 'API' }, here)
  const { client: owner } = await issuer.addClient({
    name: 'owner',
    apis: [issuerUrl, ...apis].map((identifier) => ({ identifier })),
  })
  const { client: reader } = await issuer.addClient({ name: 'reader', audience: ['https://shared.example'] })
  const { client: plain } = await issuer.addClient({ name: 'plain' })
  const inspect = (token: string, client: Client) => issuer.useCases.introspect.inspect(token, client)
  const issue = async (resources?: readonly string[], form = owner) =>
    reveal((await issuer.useCases.clientCredentials.issue({ client: form, resources }, here)).accessToken)
  return { issuer, owner, reader, plain, inspect, issue }
}

describe('introspection (RFC 7662)', () => {
  it('tells a client about its own tokens, and about those meant for one of its audiences', async () => {
    const { issuer, owner, reader, inspect, issue } = await withClients()
    await using _ = issuer
    const token = await issue(['https://shared.example'])
    for (const client of [owner, reader]) {
      const seen = await inspect(token, client)
      expect(seen).toMatchObject({
        active: true,
        use: 'access',
        access: { audience: ['https://shared.example'], role: 'viewer' },
      })
    }
  })

  it('says nothing of a token that is meant for another audience', async () => {
    const { issuer, owner, reader, plain, inspect, issue } = await withClients()
    await using _ = issuer
    const own = await issue(['https://own.example'])
    expect(await inspect(own, owner)).toMatchObject({ active: true })
    for (const client of [reader, plain]) expect(await inspect(own, client)).toEqual(inactive)
    const session = await issuer.login()
    expect(await inspect(reveal(session.accessToken), reader)).toEqual(inactive)
    expect(await inspect(reveal(session.accessToken), plain)).toMatchObject({
      active: true,
      access: { audience: [issuerUrl] },
    })
  })

  it('says exactly the same of unknown, malformed, expired, revoked and foreign tokens', async () => {
    const { issuer, plain, owner, inspect, issue } = await withClients()
    await using _ = issuer
    const [expired, revoked] = [await issue(undefined), await issue(undefined)]
    await issuer.useCases.revocation.revokeToken({ token: revoked, clientId: owner.id }, here)
    issuer.clock.advance(1)
    expect(await inspect(expired, owner)).toMatchObject({ active: true })
    expect(await inspect(revoked, owner)).toEqual(inactive)
    issuer.clock.advance(3600)
    const session = await issuer.login()
    const tokens = [
      expired,
      revoked,
      '',
      'x',
      'a'.repeat(64),
      'cs_at_x',
      'cs_pat_x',
      '%',
      reveal(session.refreshToken),
      'x'.repeat(1e6),
    ]
    for (const token of tokens) {
      for (const client of [plain, owner]) expect(await inspect(token, client)).toEqual(inactive)
    }
  })

  it('says nothing of the refresh token of another client', async () => {
    const { issuer, owner, reader, inspect } = await withClients()
    await using _ = issuer
    const user = await issuer.addUser({ username: 'bob' })
    for (const form of [nativeSessionPolicy, hexSessionPolicy]) {
      const policy = { ...form, clientId: owner.id, dialect: 'oauth' }
      const set = await issuer.useCases.sessions.open({ who: { user, factors: ['password'] }, policy }, here)
      const token = reveal(set.refreshToken)
      expect(await inspect(token, owner)).toMatchObject({ active: true, use: 'refresh' })
      expect(await inspect(token, reader)).toEqual(inactive)
      const next = await issuer.refresh(token, { by: { clientId: owner.id, dialect: 'oauth' } })
      expect(await inspect(token, owner)).toEqual(inactive)
      expect(await inspect(reveal(next.refreshToken), owner)).toMatchObject({ active: true })
    }
  })

  it('reflects a revocation at once, also one by another process', async () => {
    const { issuer, owner, inspect, issue } = await withClients()
    await using _ = issuer
    await using other = await issuer.another()
    const token = await issue()
    expect(await inspect(token, owner)).toMatchObject({ active: true })
    expect(await other.introspect.inspect(token, owner)).toMatchObject({ active: true })
    await other.revocation.revokeToken({ token, clientId: owner.id }, here)
    expect(await inspect(token, owner)).toEqual(inactive)
    expect(await other.introspect.inspect(token, owner)).toEqual(inactive)
  })

  it('costs one read and writes nothing', async () => {
    const { issuer, owner, inspect, issue } = await withClients()
    await using _ = issuer
    const token = await issue()
    const before = issuer.store.statistics()
    for (let i = 0; i < 100; i++) await inspect(token, owner)
    const { reads, writes } = issuer.store.statistics()
    expect([reads - before.reads, writes - before.writes]).toEqual([100, 0])
  })

  it('costs no read at all for what is not authentic', async () => {
    const { issuer, owner, inspect, issue } = await withClients()
    await using _ = issuer
    const token = await issue()
    const forged = [
      `${token.slice(0, -2)}AA`,
      'a'.repeat(64),
      `cs_at_${'A'.repeat(54)}`,
      `cs_pat_${'A'.repeat(36)}`,
      '',
      'a.b.c',
    ]
    const before = issuer.store.statistics().reads
    for (const text of forged) expect(await inspect(text, owner)).toEqual(inactive)
    expect(issuer.store.statistics().reads).toBe(before)
  })
})
