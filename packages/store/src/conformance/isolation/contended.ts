import assert from 'node:assert/strict'
import type { Counter } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  addition,
  always,
  cap,
  client,
  credential,
  digest,
  droplet,
  dropletChange,
  enrolment,
  event,
  idOf,
  judged,
  keySet,
  refresh,
  rotationAudit,
  session,
  start,
  user,
  withPrincipals,
  withSession,
} from '../scenario/fixtures.ts'

/** Units that contend for something. */
export interface Contended {
  readonly name: string
  /** How the keys begin that keep them apart. `undefined`: they decide by a conditional write. */
  readonly aloneOn: string | undefined
  /** Runs them at once, and asserts what one after another would have left. */
  readonly run: (store: StoreHandle) => Promise<void>
}

const atOnce = <T>(count: number, one: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => one(n + 1)))

const countOf = <T>(outcomes: readonly T[], outcome: T): number => outcomes.filter((one) => one === outcome).length

const live = async (store: StoreHandle): Promise<number> =>
  (await store.authorizations.listLive({ latest: start, limit: 100 })).authorizations.length

const counter: Counter = {
  failures: 5,
  strikes: 0,
  windowStartedAt: start,
  blockedUntil: 0,
  succeededAt: undefined,
  endsAt: start + 900,
}
/** Counts one failure more, as a wrong password does. */
const fail = (store: StoreHandle) =>
  store.counters.change(['address', 'account'], ([_, account]) => ({
    next: [undefined, { ...counter, failures: (account?.failures ?? 0) + 1 }],
    result: undefined,
  }))
const failures = async (store: StoreHandle) => (await store.counters.read(['account']))[0]?.failures

const operation: readonly Contended[] = [
  {
    name: 'changes of one counter lose none',
    aloneOn: 'counter',
    run: async (store) => {
      await atOnce(8, () => fail(store))
      assert.equal(await failures(store), 8)
    },
  },
  {
    name: 'the unlocking of an account is not undone by a failure that was counted on what was before',
    aloneOn: 'counter',
    run: async (store) => {
      await store.counters.change(['account'], () => ({ next: [counter], result: undefined }))
      const counters = new Map([['account', null]])
      const unlocked = event('account_unlocked')
      await Promise.all([fail(store), store.counters.unlock({ forgiveCodesOf: undefined, counters }, unlocked)])
      assert.ok([undefined, 1].includes(await failures(store)))
    },
  },
  {
    name: 'of two rotations of keys one wins',
    aloneOn: 'key sets',
    run: async (store) => {
      await store.keys.add(addition(keySet(1)), event('keys_rotated'))
      const outcomes = await atOnce(4, (n) => store.keys.add(addition(keySet(n + 1), 1), event('keys_rotated')))
      assert.equal(countOf(outcomes, 'added'), 1)
      assert.equal((await store.keys.list()).filter(({ supersededAt }) => supersededAt === undefined).length, 1)
    },
  },
  {
    name: 'droplets are numbered without a gap',
    aloneOn: undefined,
    run: async (store) => {
      const numbers = await atOnce(8, (n) => store.droplets.takeNumber({ name: `d${n}` }, dropletChange('add')))
      assert.deepEqual(new Set(numbers), new Set([0, 1, 2, 3, 4, 5, 6, 7]))
    },
  },
  {
    name: 'the name of a droplet is given once, and no number is lost over it',
    aloneOn: 'droplets',
    run: async (store) => {
      const add = dropletChange('add')
      const outcomes = await atOnce(4, (n) => store.droplets.insert(droplet(n, { name: 'one' }), add))
      assert.equal(countOf<unknown>(outcomes, 'name_taken'), 3)
      assert.deepEqual(
        (await store.droplets.list()).map(({ number }) => number),
        [0],
      )
    },
  },
  {
    name: 'the first issuer is recorded once',
    aloneOn: 'served issuer',
    run: async (store) => {
      await atOnce(3, () => store.marks.recordServedIssuer('https://one.example', event('issuer_changed')))
      assert.equal(await store.marks.servedIssuer(), 'https://one.example')
      assert.deepEqual(await store.audit.list({ limit: 9 }), [])
    },
  },
]

const trail: readonly Contended[] = [
  {
    name: 'both trails share their places, each given once',
    aloneOn: 'trail',
    run: async (store) => {
      await withPrincipals(store)
      await atOnce(8, (n) => store.authorizations.create(session(n), event('authorization_created')))
      await Promise.all([
        atOnce(4, (n) => store.authorizations.rotate(refresh(n), rotationAudit)),
        atOnce(4, (n) => store.authorizations.revoke(idOf(4 + n), start, event('authorization_revoked'))),
      ])
      const places = (await store.audit.list({ limit: 100 })).map(({ sequence }) => sequence)
      assert.equal(places.length, 18)
      assert.deepEqual(places, [...new Set(places)])
    },
  },
  {
    name: 'alike events of nobody have as many rows as they may have',
    aloneOn: 'tallies',
    run: async (store) => {
      const failed = (n: number) => event('login_failed', { subject: undefined, tally: { key: `kind ${n}`, most: 2 } })
      await atOnce(8, (n) => store.audit.note([failed(n)]))
      assert.equal((await store.audit.list({ limit: 100 })).length, 3)
    },
  },
  {
    name: 'an event that is counted while its tally is told is told later',
    aloneOn: undefined,
    run: async (store) => {
      const one = event('login_failed', { tally: { key: 'a kind' } })
      await store.audit.note([one, one])
      await Promise.all([store.audit.settle(start + 100_000), atOnce(6, () => store.audit.note([one]))])
      await store.audit.settle(start + 200_000)
      await store.audit.settle(start + 300_000)
      const told = (await store.audit.list({ limit: 100 })).map(({ detail }) =>
        detail?.since === undefined ? 1 : Number(detail.count),
      )
      assert.equal(
        told.reduce((sum, count) => sum + count, 0),
        8,
      )
    },
  },
  {
    name: 'an export goes on from the last one, or not at all',
    aloneOn: 'retention',
    run: async (store) => {
      await store.audit.note([event('login_failed'), event('login_failed'), event('login_failed')])
      const since = await store.audit.exported()
      const outcomes = await atOnce(3, (n) =>
        store.audit.recordExport(since, { through: n, hash: 'a'.repeat(64) }, event('audit_exported')),
      )
      assert.equal(countOf(outcomes, 'recorded'), 1)
    },
  },
]

const authorizations: readonly Contended[] = [
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

const principals: readonly Contended[] = [
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
      const { person } = judged()
      const keep = { userId: 'user-1', keep: idOf(1) }
      const outcomes = await atOnce(4, () =>
        store.users.endOtherSessions(keep, { person, latest: start }, event('authorizations_revoked')),
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
    name: 'ownership is transferred to nobody who is disabled meanwhile, and no owner is disabled',
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
      const made: string[] = []
      await atOnce(6, async (n) => {
        const id = `client-${9 - n}`
        const given = credential(n, { clientId: id })
        await store.clients.create(client(n, { id }), given, event('client_created'))
        made.push(id)
      })
      assert.deepEqual(
        (await store.clients.list({ limit: 9 })).clients.map(({ id }) => id),
        made,
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

export const contended: readonly Contended[] = [...operation, ...trail, ...authorizations, ...principals]
