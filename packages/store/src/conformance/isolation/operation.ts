import assert from 'node:assert/strict'
import type { Counter } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  addition,
  droplet,
  dropletChange,
  event,
  idOf,
  keySet,
  refresh,
  rotationAudit,
  session,
  start,
  withPrincipals,
} from '../scenario/fixtures.ts'
import { atOnce, type Contended, countOf } from './contention.ts'

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

export const operation: readonly Contended[] = [
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

export const trail: readonly Contended[] = [
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
    name: 'similar events without a subject have as many rows as they may have',
    aloneOn: 'tallies',
    run: async (store) => {
      const failed = (n: number) => event('login_failed', { subject: undefined, tally: { key: `kind ${n}`, most: 2 } })
      await atOnce(8, (n) => store.audit.note([failed(n)]))
      assert.equal((await store.audit.list({ limit: 100 })).length, 3)
    },
  },
  {
    name: 'an event that is counted while its tally is written is written later',
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
