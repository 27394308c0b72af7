import assert from 'node:assert/strict'
import type { StoreHandle } from '../../open/open.ts'
import {
  always,
  cap,
  client,
  credential,
  digest,
  enrolment,
  event,
  idOf,
  judged,
  refresh,
  rotationAudit,
  session,
  start,
  user,
  withPrincipals,
  withSession,
} from '../scenario/fixtures.ts'
import { atOnce, type Contended, countOf } from './contention.ts'

const live = async (store: StoreHandle): Promise<number> =>
  (await store.authorizations.listLive({ latest: start, limit: 100 })).authorizations.length

export const authorizations: readonly Contended[] = [
  {
    name: 'a sole authorization is made once',
    aloneOn: 'user',
    run: async (store) => {
      await withPrincipals(store)
      const sole = { sole: { latest: start } }
      const made = await atOnce(6, (n) => store.authorizations.create(session(n), event('authorization_created'), sole))
      assert.equal(new Set(made.map(({ id }) => id)).size, 1)
      assert.equal(await live(store), 1)
    },
  },
  {
    name: 'a cap holds',
    aloneOn: 'user',
    run: async (store) => {
      await withPrincipals(store)
      const created = event('authorization_created')
      await atOnce(6, (n) => store.authorizations.createWithin(cap({ most: 2 }), always, session(n), created))
      assert.equal(await live(store), 2)
    },
  },
  {
    name: 'an authorization that replaces others is the only one',
    aloneOn: 'user',
    run: async (store) => {
      await withPrincipals(store)
      const created = event('authorization_created')
      await atOnce(6, (n) => store.authorizations.create(session(n), created, { replacing: true }))
      assert.equal(await live(store), 1)
    },
  },
  {
    name: 'nothing that was granted outlives a user who is removed',
    aloneOn: 'user',
    run: async (store) => {
      await withSession(store)
      const created = event('authorization_created')
      await Promise.all([
        store.authorizations.createOn(judged(), session(2), created),
        store.users.remove('user-1', event('user_deleted')),
      ])
      const record = await store.authorizations.find(idOf(2))
      assert.ok(record === undefined || record.authorization.revokedAt !== undefined)
    },
  },
  {
    name: 'nothing that was granted outlives a client that is removed',
    aloneOn: 'client',
    run: async (store) => {
      await withPrincipals(store)
      const granted = session(2, { subject: { kind: 'client', id: 'client-1' }, epoch: 4 })
      await Promise.all([
        store.authorizations.create(granted, event('authorization_created'), { replacing: true }),
        store.clients.remove('client-1', event('client_deleted')),
      ])
      const outcomes = (await store.audit.list({ limit: 2 })).map(({ action }) => action)
      const wasFirst = outcomes[1] === 'authorization_created'
      const revokedAt = (await store.authorizations.find(idOf(2)))?.authorization.revokedAt
      assert.equal(revokedAt !== undefined, wasFirst)
    },
  },
  {
    name: 'a refresh token has one successor',
    aloneOn: undefined,
    run: async (store) => {
      await withSession(store)
      const command = refresh(1, { retryKeyDigest: digest('one key') })
      const rotations = await atOnce(6, () => store.authorizations.rotate(command, rotationAudit))
      assert.equal(
        countOf(
          rotations.map(({ outcome }) => outcome),
          'rotated',
        ),
        1,
      )
      assert.equal((await store.authorizations.find(idOf(1)))?.authorization.generation, 1)
    },
  },
]

export const principals: readonly Contended[] = [
  {
    name: 'a secret takes the place of the one before',
    aloneOn: 'user',
    run: async (store) => {
      await withPrincipals(store)
      await atOnce(4, (n) => store.enrolments.put(enrolment(n), event('factors_changed')))
      assert.notEqual((await store.enrolments.find('user-1')).active, undefined)
      assert.equal((await store.users.find('user-1'))?.version, user(1).version + 4)
    },
  },
  {
    name: 'recovery codes take the place of all that were there',
    aloneOn: 'user',
    run: async (store) => {
      await withPrincipals(store)
      const codes = (n: number) => ['a', 'b', 'c'].map((code) => digest(`${code}${n}`))
      await atOnce(4, (n) => store.recoveryCodes.replace('user-1', codes(n), event('factors_changed')))
      assert.equal(await store.recoveryCodes.countLeft('user-1'), 3)
    },
  },
  {
    name: 'of two ends of other sessions on one proof one happens',
    aloneOn: 'user',
    run: async (store) => {
      await withSession(store)
      const { user: judgedUser } = judged()
      const keep = { userId: 'user-1', keep: idOf(1) }
      const outcomes = await atOnce(4, () =>
        store.users.endOtherSessions(keep, { user: judgedUser, latest: start }, event('authorizations_revoked')),
      )
      assert.deepEqual([countOf(outcomes, 'revoked'), countOf(outcomes, 'stale')], [1, 3])
      assert.equal(await live(store), 1)
    },
  },
  {
    name: 'recovery codes that were made on a proof do not outlive the end of all that is held',
    aloneOn: 'user',
    run: async (store) => {
      await withSession(store)
      await Promise.all([
        store.recoveryCodes.replace('user-1', [digest('code')], event('factors_changed'), judged()),
        store.users.revokeAll('user-1', { personal: true }, event('authorizations_revoked')),
      ])
      assert.equal(await store.recoveryCodes.countLeft('user-1'), 0)
    },
  },
  {
    name: 'ownership is transferred to no user who is disabled meanwhile, and no owner is disabled',
    aloneOn: 'user',
    run: async (store) => {
      await store.users.create(user(0, { role: 'owner' }), event('user_created'))
      await store.users.create(user(1), event('user_created'))
      const outcomes = await Promise.all([
        store.users.transferOwnership('user-0', 'user-1', always, event('ownership_transferred')),
        store.users.change('user-1', { disabled: true, at: start }, always, [event('user_changed')]),
      ])
      assert.ok(['transferred,protected', 'conflict,changed'].includes(outcomes.join()))
    },
  },
  {
    name: 'of names that look alike one is given',
    aloneOn: 'users',
    run: async (store) => {
      const alike = (n: number) => user(n, { nameSkeleton: 'ada' })
      const outcomes = await atOnce(4, (n) => store.users.create(alike(n), event('user_created')))
      assert.deepEqual([countOf(outcomes, 'created'), countOf(outcomes, 'username_taken')], [1, 3])
    },
  },
  {
    name: 'clients are listed in the order in which they were made',
    aloneOn: 'clients',
    run: async (store) => {
      await atOnce(6, async (n) => {
        const id = `client-${9 - n}`
        const given = credential(n, { clientId: id })
        await store.clients.create(client(n, { id }), given, event('client_created', { clientId: id }))
      })
      // The trail has the order of the commits.
      const recorded = await store.audit.list({ limit: 9 })
      assert.deepEqual(
        (await store.clients.list({ limit: 9 })).clients.map(({ id }) => id),
        recorded.map(({ clientId }) => clientId).reverse(),
      )
    },
  },
  {
    name: 'one secret of a client is live after several replacements',
    aloneOn: undefined,
    run: async (store) => {
      await withPrincipals(store)
      await atOnce(4, (n) => store.clients.replaceCredentials(credential(n + 1), event('credential_created')))
      const secrets = await store.clients.listCredentials('client-1')
      assert.equal(secrets.filter(({ revokedAt }) => revokedAt === undefined).length, 1)
    },
  },
]
