import { digest, newSecret } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { from, here, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const failed = expect.objectContaining({ code: 'client_authentication_failed' })
const throttled = expect.objectContaining({ code: 'throttled' })

async function withClients() {
  const issuer = await openTestIssuer()
  const a = await issuer.addClient({ name: 'a' })
  const b = await issuer.addClient({ name: 'b' })
  return { issuer, a: { id: a.client.id, secret: reveal(a.secret) }, b: { id: b.client.id, secret: reveal(b.secret) } }
}

const authenticate = (issuer: TestIssuer, clientId: string, secret: string, circumstances = here) =>
  issuer.useCases.clientAuthentication.authenticate({ clientId, secret }, circumstances)

/** Well formed, and of no client. */
const madeUp = (issuer: TestIssuer) => newSecret('key', issuer.random).reveal()

describe('client authentication (RFC 6749 §2.3.1)', () => {
  it('accepts a client with its id and secret, and writes nothing', async () => {
    const { issuer, a } = await withClients()
    await using _ = issuer
    const before = issuer.store.statistics()
    for (let i = 0; i < 200; i++) expect((await authenticate(issuer, a.id, a.secret)).client.id).toBe(a.id)
    const after = issuer.store.statistics()
    expect([after.writes - before.writes, after.reads - before.reads]).toEqual([0, 400])
  })

  it('I9 answers wrong secret, unknown client and mismatch alike, for the same work', async () => {
    const { issuer, a, b } = await withClients()
    await using _ = issuer
    const secret = madeUp(issuer)
    const cases = [
      [a.id, secret],
      ['0'.repeat(22), secret],
      ['', secret],
      ["' or 1=1", secret],
      [b.id, a.secret],
      [a.id, b.secret],
    ]
    const seen = []
    for (const [at, [id = '', given = '']] of cases.entries()) {
      const before = issuer.store.statistics()
      const error = await authenticate(issuer, id, given, from(`192.0.2.${at}`)).catch((reason) => reason)
      const after = issuer.store.statistics()
      seen.push({
        ...error,
        message: error.message,
        reads: after.reads - before.reads,
        writes: after.writes - before.writes,
      })
    }
    expect(seen[0]).toMatchObject({ code: 'client_authentication_failed', message: 'client_authentication_failed' })
    for (const it of seen) expect(it).toEqual(seen[0])
  })

  it('N-101 N-102 N-106 refuses every part, extension and variant of a secret, without a look-up', async () => {
    const { issuer, a } = await withClients()
    await using _ = issuer
    const { secret } = a
    const cut = Array.from({ length: 20 }, (_, i) => secret.slice(0, secret.length - 1 - i))
    const variants = [
      `${secret} `,
      ` ${secret}`,
      secret.toLowerCase(),
      `${secret}0`,
      '',
      '%',
      secret.replace(/.$/, '_'),
      secret.replace('key', 'pat'),
    ]
    for (const [at, text] of [...cut, ...variants].entries()) {
      await expect(authenticate(issuer, a.id, text, from(`10.0.0.${at}`))).rejects.toEqual(failed)
    }
    await expect(authenticate(issuer, a.id, secret)).resolves.toBeDefined()
  })

  it('N-110 refuses a secret that was revoked or has expired, and a client that was disabled', async () => {
    const { issuer, a, b } = await withClients()
    await using _ = issuer
    const { clients } = issuer.store
    const next = newSecret('key', issuer.random).reveal()
    const credential = {
      id: 'f'.repeat(22),
      clientId: a.id,
      secretDigest: digest(next),
      createdAt: issuer.clock.now(),
      revokedAt: undefined,
    }
    const event = { at: issuer.clock.now(), action: 'credential_created' } as const
    await clients.addCredential({ ...credential, expiresAt: issuer.clock.now() + 100 }, event)
    await expect(authenticate(issuer, a.id, next)).resolves.toBeDefined()
    issuer.clock.advance(100)
    await expect(authenticate(issuer, a.id, next)).rejects.toEqual(failed)
    const first = issuer.sql('select id from client_credentials where client_id = ? order by created_at', a.id)[0]?.id
    expect(
      await clients.revokeCredential(`${first}`, issuer.clock.now(), { ...event, action: 'credential_revoked' }),
    ).toBe('revoked')
    await expect(authenticate(issuer, a.id, a.secret)).rejects.toEqual(failed)
    await issuer.change('update clients set disabled_at = 1 where id = ?', b.id)
    await expect(authenticate(issuer, b.id, b.secret)).rejects.toEqual(failed)
  })

  it('N-110 revoking a secret ends the tokens that were got with it, at once', async () => {
    const { issuer, a } = await withClients()
    await using _ = issuer
    const { client, credential } = await authenticate(issuer, a.id, a.secret)
    const token = reveal((await issuer.machineToken(client)).accessToken)
    expect(await issuer.accepts(token)).toBe(true)
    const event = { at: issuer.clock.now(), action: 'credential_revoked' } as const
    await issuer.store.clients.revokeCredential(credential.id, issuer.clock.now(), event)
    expect(await issuer.accepts(token)).toBe(false)
  })

  it('counts wrong secrets per address: an unknown caller locks out only itself', async () => {
    const { issuer, a } = await withClients()
    await using _ = issuer
    const stranger = from('203.0.113.9')
    for (let i = 0; i < 5; i++)
      await expect(authenticate(issuer, a.id, madeUp(issuer), stranger)).rejects.toEqual(failed)
    await expect(authenticate(issuer, a.id, madeUp(issuer), stranger)).rejects.toEqual(throttled)
    await expect(authenticate(issuer, a.id, a.secret)).resolves.toBeDefined()
  })

  it('counts wrong secrets of many clients from one address', async () => {
    const { issuer } = await withClients()
    await using _ = issuer
    for (let i = 0; i < 100; i++) await expect(authenticate(issuer, `c${i}`, madeUp(issuer))).rejects.toEqual(failed)
    await expect(authenticate(issuer, 'c100', madeUp(issuer))).rejects.toEqual(throttled)
  })
})
