import assert from 'node:assert/strict'
import type { Authorization } from '@countersign/core'
import {
  always,
  client,
  credential,
  digest,
  enrolment,
  event,
  idOf,
  judged,
  newPassword,
  session,
  start,
  trail,
  user,
  withPrincipals,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const userCreated = event('user_created')
const changed = event('password_changed')

export const userScenarios = (scenario: Scenario): void => {
  scenario('gives back every field of a user, by id and by name', async ({ store, reopen }) => {
    const full = user(1, { disabledAt: start + 5 })
    const bare = user(2, { passwordHash: undefined, requiredFactors: [] })
    assert.equal(await store.users.create(full, userCreated), 'created')
    assert.equal(await store.users.create(bare, userCreated), 'created')
    const after = await reopen()
    assert.deepEqual(await after.users.find('user-1'), full)
    assert.deepEqual(await after.users.findByName('ada.2'), bare)
    assert.equal(await after.users.find('user-9'), undefined)
    assert.equal(await after.users.findByName('Ada.1'), undefined)
    assert.equal((await trail(after)).user_created, 2)
  })

  scenario('takes each canonical name once', async ({ store }) => {
    await store.users.create(user(1), userCreated)
    assert.equal(await store.users.create(user(2, { canonicalName: 'ada.1' }), userCreated), 'username_taken')
    assert.equal(await store.users.find('user-2'), undefined)
    assert.equal((await trail(store)).user_created, 1)
  })

  scenario('takes each skeleton once, and gives it again when its owner is gone', async ({ store }) => {
    const lookAlike = user(2, { canonicalName: 'аda.1', nameSkeleton: 'ada.1' })
    assert.equal(await store.users.create(user(1), userCreated), 'created')
    assert.equal(await store.users.create(lookAlike, userCreated), 'username_taken')
    assert.equal(await store.users.find('user-2'), undefined)
    assert.equal((await trail(store)).user_created, 1)
    await store.users.remove('user-1', event('user_deleted'))
    assert.equal(await store.users.create(lookAlike, userCreated), 'created')
  })

  scenario('takes one of 50 names that look alike and arrive at once', async ({ store }) => {
    const callers = Array.from({ length: 50 }, (_, n) =>
      store.users.create(user(n, { canonicalName: `name ${n}`, nameSkeleton: 'narne' }), userCreated),
    )
    const outcomes = await Promise.all(callers)
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
    assert.equal(outcomes.filter((outcome) => outcome === 'username_taken').length, 49)
  })

  scenario('refuses a second user of the same id as a conflict', async ({ store }) => {
    await store.users.create(user(1), userCreated)
    const again = store.users.create(user(1, { canonicalName: 'other', nameSkeleton: 'other' }), userCreated)
    await assert.rejects(again, { name: 'StoreError', kind: 'conflict' })
  })

  scenario('declines a second owner, after the name', async ({ store }) => {
    assert.equal(await store.users.findOwner(), undefined)
    assert.equal(await store.users.create(user(1, { role: 'owner' }), userCreated), 'created')
    assert.equal(await store.users.create(user(2, { role: 'owner' }), userCreated), 'owner_exists')
    const sameName = user(3, { role: 'owner', canonicalName: 'ada.1' })
    assert.equal(await store.users.create(sameName, userCreated), 'username_taken')
    assert.equal((await store.users.findOwner())?.id, 'user-1')
    assert.equal((await trail(store)).user_created, 1)
  })

  scenario('makes exactly one owner for 100 callers at once', async ({ store }) => {
    const callers = Array.from({ length: 100 }, (_, n) => store.users.create(user(n, { role: 'owner' }), userCreated))
    const outcomes = await Promise.all(callers)
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
    assert.equal(outcomes.filter((outcome) => outcome === 'owner_exists').length, 99)
    assert.equal((await trail(store)).user_created, 1)
  })

  scenario('changes a password and ends every session but the one that is kept', async ({ store, reopen }) => {
    await withSession(store)
    const audit = event('authorization_created')
    await store.authorizations.create(session(2), audit)
    await store.authorizations.create(session(3, { kind: 'personal', epoch: 5, secretDigest: digest('pat') }), audit)
    await store.enrolments.put(enrolment(1, { slot: 'pending' }), changed, always)
    await store.recoveryCodes.replace('user-1', [digest('code')], changed)
    const change = { userId: 'user-1', password: newPassword('$argon2id$new'), keep: idOf(2) }
    assert.equal(await store.users.changePassword(change, always, changed), 'changed')
    const after = await reopen()
    const found = (await after.users.find('user-1')) ?? user(0)
    assert.deepEqual(found, {
      ...user(1, { passwordHash: '$argon2id$new', sessionsEpoch: 8, mustChangeSince: undefined }),
      version: found.version,
    })
    assert.equal((await after.enrolments.find('user-1')).pending, undefined)
    assert.equal(await after.recoveryCodes.countLeft('user-1'), 1)
    const subject = { kind: 'user', id: 'user-1' } as const
    const { authorizations } = await after.authorizations.listLive({ subject, latest: start, limit: 10 })
    assert.deepEqual(
      authorizations.map(({ id, epoch }) => [id, epoch]),
      [
        [idOf(3), 5],
        [idOf(2), 8],
      ],
    )
    assert.equal((await trail(after)).password_changed, 3)
  })

  scenario('lets one of 100 parallel changes of a password win', async ({ store }) => {
    await withSession(store)
    const callers = Array.from({ length: 100 }, (_, n) => {
      const change = { userId: 'user-1', password: newPassword(`$argon2id$to ${n}`), keep: idOf(1) }
      return store.users.changePassword(change, judged(), changed)
    })
    assert.equal((await Promise.all(callers)).filter((outcome) => outcome === 'changed').length, 1)
    assert.equal((await store.users.find('user-1'))?.sessionsEpoch, 8)
  })

  const notKept: Readonly<Record<string, Partial<Authorization>>> = {
    'is of an older epoch': { epoch: 6 },
    'was revoked': { revokedAt: start },
    'belongs to another user': { subject: { kind: 'user', id: 'user-2' } },
    'is a personal token': { kind: 'personal', secretDigest: digest('pat') },
  }
  for (const [what, differing] of Object.entries(notKept)) {
    scenario(`lifts nothing that ${what}, even if it is named as the one to keep`, async ({ store }) => {
      await withSession(store, differing)
      const before = (await store.authorizations.find(idOf(1)))?.authorization
      const change = { userId: 'user-1', password: newPassword('$argon2id$new'), keep: idOf(1) }
      assert.equal(await store.users.changePassword(change, always, changed), 'changed')
      assert.deepEqual((await store.authorizations.find(idOf(1)))?.authorization, before)
    })
  }

  scenario('ends a thousand sessions with as many writes as one', async ({ store }) => {
    await withPrincipals(store)
    const audit = event('authorization_created')
    await Promise.all(Array.from({ length: 1000 }, (_, n) => store.authorizations.create(session(n), audit)))
    const before = store.statistics()
    const change = { userId: 'user-1', password: newPassword('$argon2id$new'), keep: idOf(5000) }
    await store.users.changePassword(change, always, changed)
    assert.equal(store.statistics().writes - before.writes, 1)
    const subject = { kind: 'user', id: 'user-1' } as const
    assert.deepEqual((await store.authorizations.listLive({ subject, latest: start, limit: 9 })).authorizations, [])
  })

  scenario('upgrades a hash in place, only from the one it was checked with', async ({ store }) => {
    await store.users.create(user(1), userCreated)
    const refined = (hash: string) => ({ hash, standsAlone: false })
    await store.users.refinePassword('user-1', '$argon2id$other', refined('$argon2id$wrong'))
    assert.deepEqual(await store.users.find('user-1'), user(1))
    await store.users.refinePassword('user-1', '$argon2id$1', refined('$argon2id$stronger'))
    const after = user(1, { passwordHash: '$argon2id$stronger', passwordStandsAlone: false })
    assert.deepEqual(await store.users.find('user-1'), after)
  })
}

const clientCreated = event('client_created')

export const clientScenarios = (scenario: Scenario): void => {
  scenario('gives back every field of a client and of its secret', async ({ store, reopen }) => {
    const full = client(1, { disabledAt: start + 9 })
    const secret = credential(1, { revokedAt: start + 8 })
    assert.equal(await store.clients.create(full, secret, clientCreated), 'created')
    const bare = client(2, { type: undefined, accessLifetimeSeconds: undefined, audience: [], scope: [] })
    const lasting = credential(2, { clientId: 'client-2', expiresAt: undefined })
    await store.clients.create(bare, lasting, clientCreated)
    const after = await reopen()
    assert.deepEqual(await after.clients.find('client-1'), full)
    assert.deepEqual(await after.clients.findBySecret(digest('secret 1')), { client: full, credential: secret })
    assert.deepEqual(await after.clients.findBySecret(digest('secret 2')), { client: bare, credential: lasting })
    assert.equal(await after.clients.find('client-9'), undefined)
    assert.equal(await after.clients.findBySecret(digest('secret')), undefined)
    assert.equal((await trail(after)).client_created, 2)
  })

  scenario('takes each name of a client once and keeps nothing of the second', async ({ store }) => {
    await store.clients.create(client(1), credential(1), clientCreated)
    const second = client(2, { name: 'Reporting 1' })
    const outcome = await store.clients.create(second, credential(2, { clientId: 'client-2' }), clientCreated)
    assert.equal(outcome, 'name_taken')
    assert.equal(await store.clients.find('client-2'), undefined)
    assert.equal(await store.clients.findBySecret(digest('secret 2')), undefined)
    assert.equal((await trail(store)).client_created, 1)
  })

  scenario('keeps no client whose secret is refused', async ({ store }) => {
    await store.clients.create(client(1), credential(1), clientCreated)
    const sameSecret = credential(2, { clientId: 'client-2', secretDigest: digest('secret 1') })
    await assert.rejects(store.clients.create(client(2), sameSecret, clientCreated), { kind: 'conflict' })
    assert.equal(await store.clients.find('client-2'), undefined)
  })

  scenario('gives a client a further secret, but none to a client that does not exist', async ({ store }) => {
    const audit = event('credential_created')
    await store.clients.create(client(1), credential(1), clientCreated)
    await store.clients.addCredential(credential(2), audit)
    assert.deepEqual(await store.clients.findBySecret(digest('secret 2')), {
      client: client(1),
      credential: credential(2),
    })
    const orphan = store.clients.addCredential(credential(3, { clientId: 'client-9' }), audit)
    await assert.rejects(orphan, { name: 'StoreError', kind: 'conflict' })
    assert.equal((await trail(store)).credential_created, 1)
  })

  scenario('revokes one secret once, and with it every token of the client', async ({ store }) => {
    const audit = event('credential_revoked')
    await store.clients.create(client(1), credential(1), clientCreated)
    await store.clients.addCredential(credential(2), event('credential_created'))
    assert.equal(await store.clients.revokeCredential('key-1', start + 7, audit), 'revoked')
    assert.equal(await store.clients.revokeCredential('key-1', start + 8, audit), 'unchanged')
    assert.equal(await store.clients.revokeCredential('key-9', start + 8, audit), 'unchanged')
    const record = await store.clients.findBySecret(digest('secret 1'))
    assert.deepEqual([record?.credential.revokedAt, record?.client.epoch], [start + 7, 5])
    const other = await store.clients.findBySecret(digest('secret 2'))
    assert.deepEqual(other?.credential, credential(2))
    assert.equal((await trail(store)).credential_revoked, 1)
  })
}
