import { digest, newSecret } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { from, here, openWorld, reveal, type World } from './world.ts'

const failed = expect.objectContaining({ code: 'client_authentication_failed' })
const throttled = expect.objectContaining({ code: 'throttled' })

async function withClients() {
  const world = await openWorld()
  const a = await world.addClient({ name: 'a' })
  const b = await world.addClient({ name: 'b' })
  return { world, a: { id: a.client.id, secret: reveal(a.secret) }, b: { id: b.client.id, secret: reveal(b.secret) } }
}

const authenticate = (world: World, clientId: string, secret: string, circumstances = here) =>
  world.useCases.clientAuthentication.authenticate({ clientId, secret }, circumstances)

/** Well formed, and nobody's. */
const madeUp = (world: World) => newSecret('key', world.random).reveal()

describe('client authentication (RFC 6749 §2.3.1)', () => {
  it('lets in whoever shows id and secret, and writes nothing', async () => {
    const { world, a } = await withClients()
    await using _ = world
    const before = world.store.statistics()
    for (let i = 0; i < 200; i++) expect((await authenticate(world, a.id, a.secret)).client.id).toBe(a.id)
    const after = world.store.statistics()
    expect([after.writes - before.writes, after.reads - before.reads]).toEqual([0, 400])
  })

  it('N-109 I9 answers wrong secret, unknown client and mismatch alike, for the same work', async () => {
    const { world, a, b } = await withClients()
    await using _ = world
    const secret = madeUp(world)
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
      const before = world.store.statistics()
      const error = await authenticate(world, id, given, from(`192.0.2.${at}`)).catch((reason) => reason)
      const after = world.store.statistics()
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

  it('N-101 N-102 N-106 refuses every part, extension and variant of a secret, without asking for it', async () => {
    const { world, a } = await withClients()
    await using _ = world
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
      await expect(authenticate(world, a.id, text, from(`10.0.0.${at}`))).rejects.toEqual(failed)
    }
    await expect(authenticate(world, a.id, secret)).resolves.toBeDefined()
  })

  it('N-110 refuses a secret that was revoked or has expired, and a client that was disabled', async () => {
    const { world, a, b } = await withClients()
    await using _ = world
    const { clients } = world.store
    const next = newSecret('key', world.random).reveal()
    const credential = {
      id: 'f'.repeat(22),
      clientId: a.id,
      secretDigest: digest(next),
      createdAt: world.clock.now(),
      revokedAt: undefined,
    }
    const event = { at: world.clock.now(), action: 'credential_created' } as const
    await clients.addCredential({ ...credential, expiresAt: world.clock.now() + 100 }, event)
    await expect(authenticate(world, a.id, next)).resolves.toBeDefined()
    world.clock.advance(100)
    await expect(authenticate(world, a.id, next)).rejects.toEqual(failed)
    const first = world.sql('select id from client_credentials where client_id = ? order by created_at', a.id)[0]?.id
    expect(
      await clients.revokeCredential(`${first}`, world.clock.now(), { ...event, action: 'credential_revoked' }),
    ).toBe('revoked')
    await expect(authenticate(world, a.id, a.secret)).rejects.toEqual(failed)
    await world.change('update clients set disabled_at = 1 where id = ?', b.id)
    await expect(authenticate(world, b.id, b.secret)).rejects.toEqual(failed)
  })

  it('N-110 revoking a secret ends the tokens that were got with it, at once', async () => {
    const { world, a } = await withClients()
    await using _ = world
    const { client, credential } = await authenticate(world, a.id, a.secret)
    const token = reveal((await world.machineToken(client)).accessToken)
    expect(await world.accepts(token)).toBe(true)
    const event = { at: world.clock.now(), action: 'credential_revoked' } as const
    await world.store.clients.revokeCredential(credential.id, world.clock.now(), event)
    expect(await world.accepts(token)).toBe(false)
  })

  it('counts wrong secrets per address: a stranger locks out himself alone', async () => {
    const { world, a } = await withClients()
    await using _ = world
    const stranger = from('203.0.113.9')
    for (let i = 0; i < 5; i++) await expect(authenticate(world, a.id, madeUp(world), stranger)).rejects.toEqual(failed)
    await expect(authenticate(world, a.id, madeUp(world), stranger)).rejects.toEqual(throttled)
    await expect(authenticate(world, a.id, a.secret)).resolves.toBeDefined()
  })

  it('counts wrong secrets of many clients from one address', async () => {
    const { world } = await withClients()
    await using _ = world
    for (let i = 0; i < 100; i++) await expect(authenticate(world, `c${i}`, madeUp(world))).rejects.toEqual(failed)
    await expect(authenticate(world, 'c100', madeUp(world))).rejects.toEqual(throttled)
  })
})
