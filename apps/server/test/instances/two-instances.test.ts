/* What two servers share that have nothing in common but a PostgreSQL database and the master key. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { type Cluster, serverPrograms, startCluster } from '@countersign/store/testing'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { EventReader } from '../../src/testing/event-stream.ts'
import { startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { AdvancedTime } from '../../src/testing/time.ts'

const programs = serverPrograms()
const data = mkdtempSync(join(tmpdir(), 'countersign-instances-'))
const time = new AdvancedTime()
const password = 'correct horse battery staple'

let cluster: Cluster | undefined
let both: readonly TestServer[] = []
beforeAll(async () => {
  if ('missing' in programs) return
  cluster = await startCluster()
  const flags = { 'database-url': cluster.url('postgres', '&lock_timeout=20000'), 'trusted-proxies': '127.0.0.1' }
  // One after the other: the second one needs the master key that the first one makes.
  const first = await startTestServer({ data, flags, time, cheapHashes: true })
  both = [first, await startTestServer({ data, flags, time, cheapHashes: true })]
  await first.user('owner', 'owner')
})
afterAll(async () => {
  for (const server of both) await server.close()
  await cluster?.[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true })
})

const instances = (context: TestContext): readonly [TestServer, TestServer] => {
  const [one, other] = both
  if (one === undefined || other === undefined) return context.skip('missing' in programs ? programs.missing : '')
  return [one, other]
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const send = (server: TestServer, method: string, path: string, token: string, body?: unknown) =>
  server.fetch(path, {
    method,
    headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const statusOf = async (server: TestServer, token: string) => (await send(server, 'GET', '/v1/me', token)).status

const logIn = (server: TestServer, username: string, secret: string, address = '192.0.2.1') =>
  server.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ username, password: secret }),
  })

const issueJwt = async (server: TestServer, id: string, secret: string) => {
  const response = await server.fetch('/oauth2/token', {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
const kidsAt = async (server: TestServer) =>
  ((await (await server.fetch('/oauth2/jwks')).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)

describe('two servers on one database', () => {
  it('N-729 refuse at once what the other has revoked, fifty times', async (context) => {
    const pair = instances(context)
    await pair[0].user('mia', 'viewer')
    for (let n = 0; n < 50; n++) {
      const [one, other] = n % 2 === 0 ? pair : [pair[1], pair[0]]
      const { access_token } = await one.login('mia')
      expect(await statusOf(other, access_token)).toBe(200)
      expect((await send(one, 'DELETE', '/v1/sessions/current', access_token)).status).toBe(204)
      expect([await statusOf(other, access_token), await statusOf(one, access_token)]).toEqual([401, 401])
    }
  })

  it('N-730 rotate the signing key, and neither signs by a key that the other does not publish', async (context) => {
    const pair = instances(context)
    const { client, secret } = await pair[0].client({ name: 'robot', tokenForm: 'jwt' })
    const seen = new Set<string>()
    const issueEverywhere = async () => {
      for (const server of pair) {
        const kid = kidOf(await issueJwt(server, client.id, secret))
        seen.add(kid)
        for (const reader of pair) expect(await kidsAt(reader)).toContain(kid)
      }
    }
    await issueEverywhere()
    for (const server of pair) {
      await server.authority.useCases.keys.rotate('ES256', localCaller)
      await issueEverywhere()
      time.advance(400)
      await issueEverywhere()
    }
    expect(seen.size).toBe(3)
  })

  it('N-731 have one budget for guesses', async (context) => {
    const pair = instances(context)
    await pair[0].user('ada', 'viewer')
    const statuses: number[] = []
    for (let n = 0; n < 8; n++)
      statuses.push((await logIn(pair[n % 2] ?? pair[0], 'ada', `wrong ${n}`, '192.0.2.7')).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
    for (const server of pair) expect((await logIn(server, 'ada', password, '192.0.2.7')).status).toBe(429)
  })

  it('give entries of the revocation feed one order without a gap, and tell their readers of each other’s', async (context) => {
    const pair = instances(context)
    const [one, other] = pair
    await one.user('eve', 'viewer')
    const owner = (await one.login('owner')).access_token
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => (pair[n % 2] ?? one).login('eve')))
    const before = (await one.authority.store.revocations.state()).last
    const reading = { headers: { ...bearer(owner), accept: 'text/event-stream', 'last-event-id': `${before}` } }
    const stream = new EventReader(await other.fetch('/v1/revocations', reading))
    await Promise.all(
      tokens.map(({ access_token }, n) =>
        send(pair[(n + 1) % 2] ?? one, 'DELETE', '/v1/sessions/current', access_token),
      ),
    )
    const told: (number | undefined)[] = []
    while (told.length < 20) told.push((await stream.until('revocation')).id)
    await stream.cancel()
    expect(told).toEqual(Array.from({ length: 20 }, (_, n) => before + n + 1))
  })

  it('share settings, users and droplets', async (context) => {
    const [one, other] = instances(context)
    const owner = (await one.login('owner')).access_token
    const add = (server: TestServer, n: number) => send(server, 'POST', '/v1/droplets', owner, { name: `drop-${n}` })
    const added = await Promise.all(Array.from({ length: 10 }, (_, n) => add(n % 2 === 0 ? one : other, n)))
    expect(new Set(added.map(({ status }) => status))).toEqual(new Set([201]))
    const numbers = await Promise.all(
      added.map(async (response) => ((await response.json()) as { number: number }).number),
    )
    expect(new Set(numbers).size).toBe(10)
    const listed = async (server: TestServer) => (await send(server, 'GET', '/v1/droplets', owner)).json()
    expect(await listed(one)).toEqual(await listed(other))
    await one.authority.store.settings.put('efa.ACCESS', 900, { at: time.now(), action: 'setting_changed' })
    expect(await other.authority.store.settings.get('efa.ACCESS')).toBe(900)
  })
})
