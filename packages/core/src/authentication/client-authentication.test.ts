import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../model/audit-event.ts'
import type { Client, ClientCredential } from '../model/principals/client.ts'
import type { CredentialRecord } from '../ports/store/clients.ts'
import { testClient } from '../testing/client.ts'
import { here, testDomain } from '../testing/domain.ts'
import { digest } from '../tokens/digest.ts'
import { newSecret } from '../tokens/secret-token.ts'
import { createUseCases } from '../use-cases.ts'

/** One client with one secret. */
function register(client: Partial<Client> = {}, credential: Partial<ClientCredential> = {}) {
  const told: AuditEvent[] = []
  const domain = testDomain({
    clients: {
      find: async (id) => (id === record.client.id ? record.client : undefined),
      findByIdOrName: async (account) =>
        account === record.client.id || account === record.client.name ? record.client : undefined,
      findBySecret: async (found) => (Buffer.from(found).equals(record.credential.secretDigest) ? record : undefined),
    },
    counters: {
      read: async (keys) => keys.map(() => undefined),
      change: async (keys, decide) => decide(keys.map(() => undefined)).result,
    },
    audit: { note: async (events) => void told.push(...events) },
  })
  const secret = newSecret('key', domain.random).reveal()
  const record: CredentialRecord = {
    client: testClient({ id: 'robot', name: 'Robot', ...client }),
    credential: {
      id: 'key-1',
      clientId: 'robot',
      secretDigest: digest(secret),
      createdAt: 0,
      expiresAt: undefined,
      revokedAt: undefined,
      ...credential,
    },
  }
  return { domain, secret, told, clientAuthentication: createUseCases(domain).clientAuthentication }
}

const refused = { code: 'client_authentication_failed' }

describe('the authentication of clients (RFC 6749 §2.3.1)', () => {
  it('takes an id with a secret of it, and no other pair', async () => {
    const { domain, secret, clientAuthentication } = register()
    const enter = (clientId: string, shown: string) =>
      clientAuthentication.authenticate({ clientId, secret: shown }, here)
    expect((await enter('robot', secret)).client.id).toBe('robot')
    await expect(enter('Robot', secret)).rejects.toMatchObject(refused)
    await expect(enter('other', secret)).rejects.toMatchObject(refused)
    await expect(enter('robot', newSecret('key', domain.random).reveal())).rejects.toMatchObject(refused)
    await expect(enter('robot', newSecret('pat', domain.random).reveal())).rejects.toMatchObject(refused)
    await expect(enter('robot', '')).rejects.toMatchObject(refused)
  })

  it('reports what was refused, and the account where it exists', async () => {
    const { secret, told, clientAuthentication } = register()
    for (const account of ['robot', 'Robot', 'no such client']) {
      const shown = { account, keyId: 'no such key', secret }
      await expect(clientAuthentication.authenticateKey(shown, here)).rejects.toMatchObject(refused)
    }
    const subject = { kind: 'client', id: 'robot' }
    expect(told.map((event) => [event.action, event.subject, event.address])).toEqual([
      ['login_failed', subject, here.context.address],
      ['login_failed', subject, here.context.address],
      ['login_failed', undefined, here.context.address],
    ])
    expect(JSON.stringify(told)).not.toContain('no such')
    expect(told[0]?.tally?.key).toBe(told[1]?.tally?.key)
  })

  it('takes an access key only where account, key id and secret are of one key', async () => {
    const { secret, clientAuthentication } = register()
    const enter = (account: string, keyId: string) =>
      clientAuthentication.authenticateKey({ account, keyId, secret }, here)
    for (const account of ['robot', 'Robot']) expect((await enter(account, 'key-1')).credential.id).toBe('key-1')
    for (const keyId of ['key-2', 'robot', '', 'KEY-1'])
      await expect(enter('robot', keyId)).rejects.toMatchObject(refused)
    await expect(enter('other', 'key-1')).rejects.toMatchObject(refused)
  })

  it('takes nothing of a client that is disabled, or a secret that was revoked or has ended', async () => {
    for (const [client, credential] of [
      [{ disabledAt: 0 }, {}],
      [{}, { revokedAt: 0 }],
      [{}, { expiresAt: 1_800_000_000 }],
    ] as const) {
      const { secret, clientAuthentication } = register(client, credential)
      await expect(clientAuthentication.authenticate({ clientId: 'robot', secret }, here)).rejects.toMatchObject(
        refused,
      )
    }
  })

  it('judges the end of a secret by the latest time, whatever the wall clock says since', async () => {
    const { domain, secret, clientAuthentication } = register({}, { expiresAt: 1_800_000_100 })
    const enter = () => clientAuthentication.authenticate({ clientId: 'robot', secret }, here)
    domain.clock.advance(99)
    await enter()
    domain.clock.advance(1)
    await expect(enter()).rejects.toMatchObject(refused)
    domain.clock.stepBack(3600)
    await expect(enter()).rejects.toMatchObject(refused)
  })
})
