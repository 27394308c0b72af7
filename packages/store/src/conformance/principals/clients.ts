import assert from 'node:assert/strict'
import {
  client,
  credential,
  day,
  digest,
  event,
  idOf,
  session,
  standing,
  start,
  trail,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const clientCreated = event('client_created')
const clientChanged = event('client_changed')
const credentialCreated = event('credential_created')

export const clientRegistryScenarios = (scenario: Scenario): void => {
  registryScenarios(scenario)
  secretScenarios(scenario)
}

const registryScenarios = (scenario: Scenario): void => {
  scenario('finds a client by its exact name', async ({ store }) => {
    await store.clients.create(client(1), credential(1), clientCreated)
    assert.deepEqual(await store.clients.findByName('Reporting 1'), client(1))
    assert.equal(await store.clients.findByName('reporting 1'), undefined)
    assert.equal(await store.clients.findByName(''), undefined)
  })

  scenario('finds a client by its id or its name, by the id first', async ({ store }) => {
    const named = client(2, { name: client(1).id })
    await store.clients.create(named, credential(2, { clientId: named.id }), clientCreated)
    assert.deepEqual(await store.clients.findByIdOrName(client(1).id), named)
    await store.clients.create(client(1), credential(1), clientCreated)
    assert.deepEqual(await store.clients.findByIdOrName(client(1).id), client(1))
    assert.deepEqual(await store.clients.findByIdOrName('Reporting 1'), client(1))
    assert.equal(await store.clients.findByIdOrName('nobody'), undefined)
  })

  scenario('lists clients in the order of creation, whatever their ids and times, page by page', async ({ store }) => {
    assert.deepEqual(await store.clients.list({ limit: 9 }), { clients: [], next: undefined })
    const made = ['m', 'z', 'a'].map((id, n) => client(n, { id, createdAt: start - n, type: undefined }))
    for (const [n, one] of made.entries()) {
      await store.clients.create(one, credential(n, { clientId: one.id }), clientCreated)
    }
    assert.deepEqual(await store.clients.list({ limit: 3 }), { clients: made, next: undefined })
    assert.deepEqual(await store.clients.list({ limit: 2 }), { clients: made.slice(0, 2), next: 'z' })
    assert.deepEqual(await store.clients.list({ limit: 2, after: 'z' }), { clients: made.slice(2), next: undefined })
    // A reader that continues after a removed one misses none.
    await store.clients.remove('m', event('client_deleted'))
    assert.deepEqual((await store.clients.list({ limit: 9, after: 'm' })).clients.at(0), made[1])
  })

  scenario('I3 disabling kills every token, and enabling brings none of them back', async ({ store, reopen }) => {
    await withSession(store)
    await store.authorizations.create(standing(2), event('authorization_created'))
    assert.equal(await store.clients.change('client-1', { disabledAt: start + 5 }, clientChanged), 'changed')
    assert.equal(await store.clients.change('client-1', { disabledAt: start + 6 }, clientChanged), 'changed')
    assert.equal(await store.clients.change('client-9', { disabledAt: start + 5 }, clientChanged), 'unknown')
    assert.deepEqual(await store.clients.find('client-1'), client(1, { disabledAt: start + 5, epoch: 6 }))
    const after = await reopen()
    assert.equal(await after.clients.change('client-1', { disabledAt: null }, clientChanged), 'changed')
    assert.equal(await after.clients.change('client-9', { disabledAt: null }, clientChanged), 'unknown')
    assert.deepEqual(await after.clients.find('client-1'), client(1, { epoch: 6 }))
    assert.deepEqual((await after.authorizations.listLive({ latest: start, limit: 9 })).authorizations, [])
    assert.equal((await trail(after)).client_changed, 3)
  })

  scenario('removes a client, its secrets, and what was granted to it or through it', async ({ store, reopen }) => {
    await withSession(store)
    await store.clients.create(client(2), credential(2, { clientId: 'client-2' }), clientCreated)
    const others = [
      standing(2),
      // Not through the client that is registered, but through a built-in one of the same name.
      session(3, { clientEpoch: undefined }),
      session(4, { clientId: 'client-2' }),
      standing(5, { subject: { kind: 'client', id: 'client-2' }, clientId: 'client-2' }),
    ]
    for (const one of others) await store.authorizations.create(one, event('authorization_created'))
    assert.equal(await store.clients.remove('client-1', event('client_deleted')), 'changed')
    assert.equal(await store.clients.remove('client-1', event('client_deleted')), 'unknown')
    const after = await reopen()
    assert.equal(await after.clients.find('client-1'), undefined)
    assert.equal(await after.clients.findBySecret(digest('secret 1')), undefined)
    assert.deepEqual(await after.clients.listCredentials('client-1'), [])
    assert.deepEqual(await after.clients.find('client-2'), client(2))
    const revoked = await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) => (await after.authorizations.find(idOf(n)))?.authorization.revokedAt),
    )
    assert.deepEqual(revoked, [start, start, undefined, undefined, undefined])
    assert.equal((await trail(after)).client_deleted, 1)
    assert.equal(await after.authorizations.collectGarbage(start + 30 * day + 1), 2)
    assert.equal(await after.clients.create(client(1), credential(1), clientCreated), 'created')
  })
}

const secretScenarios = (scenario: Scenario): void => {
  scenario('lists every secret that a client ever had, oldest first', async ({ store }) => {
    await store.clients.create(client(1), credential(7, { revokedAt: start + 9 }), clientCreated)
    await store.clients.create(client(2), credential(2, { clientId: 'client-2' }), clientCreated)
    const further = [credential(9, { createdAt: start, expiresAt: undefined }), credential(3, { createdAt: start })]
    for (const one of further) await store.clients.addCredential(one, credentialCreated)
    assert.deepEqual(await store.clients.listCredentials('client-1'), [
      credential(7, { revokedAt: start + 9 }),
      ...further,
    ])
    assert.deepEqual(await store.clients.listCredentials('client-9'), [])
  })

  scenario('replaces all secrets by a new one, and every token issued for them ends', async ({ store, reopen }) => {
    await withSession(store)
    await store.clients.addCredential(credential(2, { revokedAt: start + 2 }), credentialCreated)
    await store.clients.addCredential(credential(3, { expiresAt: start + 3 }), credentialCreated)
    const next = credential(4, { createdAt: start + 40 })
    assert.equal(await store.clients.replaceCredentials(next, credentialCreated), 'replaced')
    const orphan = credential(5, { clientId: 'client-9' })
    assert.equal(await store.clients.replaceCredentials(orphan, credentialCreated), 'unknown')
    const after = await reopen()
    assert.deepEqual(await after.clients.listCredentials('client-1'), [
      credential(1, { revokedAt: start + 40 }),
      credential(2, { revokedAt: start + 2 }),
      credential(3, { expiresAt: start + 3, revokedAt: start + 40 }),
      next,
    ])
    assert.equal((await after.clients.find('client-1'))?.epoch, 5)
    assert.equal(await after.clients.findBySecret(digest('secret 5')), undefined)
    assert.deepEqual((await after.authorizations.listLive({ latest: start, limit: 9 })).authorizations, [])
    assert.equal((await trail(after)).credential_created, 3)
  })

  scenario('leaves one live secret after 100 parallel replacements', async ({ store }) => {
    await store.clients.create(client(1), credential(0), clientCreated)
    const callers = Array.from({ length: 100 }, (_, n) =>
      store.clients.replaceCredentials(credential(n + 1), credentialCreated),
    )
    assert.deepEqual(new Set(await Promise.all(callers)), new Set(['replaced']))
    const secrets = await store.clients.listCredentials('client-1')
    assert.equal(secrets.length, 101)
    assert.equal(secrets.filter(({ revokedAt }) => revokedAt === undefined).length, 1)
    assert.equal((await store.clients.find('client-1'))?.epoch, 104)
  })

  scenario('brings the end of a secret forward, never backward', async ({ store, reopen }) => {
    const audit = event('credential_revoked')
    await store.clients.create(client(1), credential(1), clientCreated)
    await store.clients.addCredential(credential(2, { expiresAt: undefined }), credentialCreated)
    assert.equal(await store.clients.expireCredential('key-1', start + 9, audit), 'changed')
    assert.equal(await store.clients.expireCredential('key-1', start + 9, audit), 'unchanged')
    assert.equal(await store.clients.expireCredential('key-1', start + 10, audit), 'unchanged')
    assert.equal(await store.clients.expireCredential('key-2', start + 90, audit), 'changed')
    assert.equal(await store.clients.expireCredential('key-9', start + 9, audit), 'unchanged')
    const after = await reopen()
    assert.deepEqual(
      (await after.clients.listCredentials('client-1')).map(({ expiresAt }) => expiresAt),
      [start + 9, start + 90],
    )
    assert.equal((await after.clients.find('client-1'))?.epoch, 4)
    assert.equal((await trail(after)).credential_revoked, 2)
  })
}
