// A server that goes away and comes back on the same port, with the same data.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { freePort, goodPassword, startTestServer } from '@countersign/server/testing'
import { expect, it, onTestFinished } from 'vitest'
import { createVerifier } from '../src/index.ts'
import { outcomeOf } from '../src/testing/refusal.ts'

const resource = 'https://orders.example'

it('a restart of the server is survived, and what ends right after it is refused', async () => {
  const data = await mkdtemp(join(tmpdir(), 'countersign-verifier-restart-'))
  onTestFinished(() => rm(data, { recursive: true, force: true }))
  const terms = { port: await freePort(), data, cheapHashes: true }
  let server = await startTestServer(terms)
  onTestFinished(() => server.close())
  const scopes = [{ name: 'orders:read', description: 'See.', leastRole: 'viewer' as const }]
  await server.authority.useCases.apis.create({ name: 'Orders', identifier: resource, scopes }, localCaller)
  const { client, secret } = await server.client({ audience: [resource] })
  const sessions = await Promise.all(
    ['ada', 'eve'].map(async (username) => {
      const { id } = await server.user(username, 'viewer')
      const response = await server.fetch('/v1/sessions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: goodPassword, resource }),
      })
      return { id, token: ((await response.json()) as { access_token: string }).access_token }
    }),
  )
  const [kept, ended] = sessions
  const verifier = createVerifier({
    issuer: server.url,
    resource,
    client: { id: client.id, secret },
    whenSilent: 'closed',
    maxStalenessSeconds: 1.5,
  })
  onTestFinished(() => verifier.close())
  const tried = (session = kept) => outcomeOf(verifier.verify(session?.token ?? ''))
  await verifier.ready()
  expect([await tried(), await tried(ended)]).toEqual(['accepted', 'accepted'])
  const { feed } = verifier.status()
  await server.close()
  await expect.poll(() => tried(), { timeout: 10_000 }).toBe('verifier_silent')

  server = await startTestServer(terms)
  await server.authority.useCases.users.change({ id: ended?.id ?? '', disabled: true }, localCaller)
  await expect.poll(() => tried(), { timeout: 10_000, interval: 20 }).toBe('accepted')
  expect(await tried(ended)).toBe('token_revoked')
  expect(verifier.status().feed).toBe(feed)
})
