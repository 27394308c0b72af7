import assert from 'node:assert/strict'
import type { Counter } from '@countersign/core'
import { addition, day, event, idOf, keySet, start, trail, withSession } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const counter: Counter = {
  failures: 3,
  strikes: 2,
  windowStartedAt: start + 1,
  blockedUntil: start + 2,
  succeededAt: start + 3,
  endsAt: start + 4,
}

export const operationScenarios = (scenario: Scenario): void => {
  keyScenarios(scenario)
  allKeysScenarios(scenario)
  counterScenarios(scenario)
  markScenarios(scenario)
  trailScenarios(scenario)
}

const keyScenarios = (scenario: Scenario): void => {
  const rotatedKeys = event('keys_rotated')

  scenario('gives back every field of a key set', async ({ store, reopen }) => {
    const full = keySet(7, { supersededAt: start + 5, revokedAt: start + 6 })
    assert.equal(await store.keys.add(addition(full), rotatedKeys), 'added')
    const after = await reopen()
    assert.deepEqual(await after.keys.list(), [full])
  })

  scenario('adds a key set after the newest one, which its activation supersedes', async ({ store }) => {
    assert.equal(await store.keys.add(addition(keySet(200)), rotatedKeys), 'added')
    assert.equal(await store.keys.add(addition(keySet(1), 200), rotatedKeys), 'added')
    assert.equal(await store.keys.add(addition(keySet(2), 1), rotatedKeys), 'added')
    assert.deepEqual(await store.keys.list(), [
      keySet(200, { supersededAt: start + 100 }),
      keySet(1, { supersededAt: start + 200 }),
      keySet(2),
    ])
    assert.equal((await trail(store)).keys_rotated, 3)
  })

  scenario('lets one of two rotations of keys win', async ({ store }) => {
    await store.keys.add(addition(keySet(1)), rotatedKeys)
    const both = await Promise.all([2, 3].map((n) => store.keys.add(addition(keySet(n), 1), rotatedKeys)))
    assert.deepEqual([...both].sort(), ['added', 'conflict'])
    const winner = both[0] === 'added' ? 2 : 3
    assert.equal(await store.keys.add(addition(keySet(5 - winner)), rotatedKeys), 'conflict')
    assert.deepEqual(
      (await store.keys.list()).map(({ number }) => number),
      [1, winner],
    )
  })

  scenario('moves the revision whenever a key set was added, revoked or removed', async ({ store }) => {
    const revisions = [await store.keys.revision()]
    const note = async () => revisions.push(await store.keys.revision())
    await store.keys.add(addition(keySet(1)), rotatedKeys)
    await note()
    assert.equal(await store.keys.revoke('kid-1', start + 9, event('key_revoked')), 'revoked')
    await note()
    await store.keys.add(addition(keySet(2), 1, [1]), rotatedKeys)
    await note()
    assert.equal(new Set(revisions).size, 4)
    assert.equal(await store.keys.revoke('kid-1', start + 9, event('key_revoked')), 'unchanged')
    await note()
    assert.equal(new Set(revisions).size, 4)
    assert.deepEqual(await store.keys.list(), [keySet(2)])
    assert.equal((await trail(store)).key_revoked, 1)
  })

  scenario('revokes the last key set and adds its successor in one commit, or neither', async ({ store }) => {
    await store.keys.add(addition(keySet(1)), rotatedKeys)
    const revoked = event('key_revoked')
    const late = { addition: addition(keySet(3), 7), audit: rotatedKeys }
    assert.equal(await store.keys.revoke('kid-1', start + 9, revoked, { successor: late }), 'conflict')
    assert.deepEqual(await store.keys.list(), [keySet(1)])
    const before = store.statistics()
    const successor = { addition: addition(keySet(2), 1), audit: rotatedKeys }
    assert.equal(await store.keys.revoke('kid-1', start + 9, revoked, { successor }), 'revoked')
    assert.equal(store.statistics().commits - before.commits, 1)
    assert.deepEqual(await store.keys.list(), [
      keySet(1, { supersededAt: start + 200, revokedAt: start + 9 }),
      keySet(2),
    ])
    assert.deepEqual(await trail(store), { keys_rotated: 2, key_revoked: 1 })
  })
}

const allKeysScenarios = (scenario: Scenario): void => {
  scenario('revokes every key set and adds the successor in one commit, or nothing', async ({ store }) => {
    const rotatedKeys = event('keys_rotated')
    await store.keys.add(addition(keySet(1)), rotatedKeys)
    await store.keys.add(addition(keySet(2), 1), rotatedKeys)
    const revoked = [event('key_revoked'), event('key_revoked')]
    const kids = ['kid-1', 'kid-2']
    const late = { addition: addition(keySet(3), 1), audit: rotatedKeys }
    const before = [await store.keys.list(), await store.keys.revision()]
    assert.equal(await store.keys.revokeAll(kids, start + 9, revoked, late), 'conflict')
    assert.deepEqual([await store.keys.list(), await store.keys.revision()], before)
    const { commits } = store.statistics()
    const successor = { addition: addition(keySet(3), 2), audit: rotatedKeys }
    assert.equal(await store.keys.revokeAll(kids, start + 9, revoked, successor), 'revoked')
    assert.equal(store.statistics().commits - commits, 1)
    assert.deepEqual(
      (await store.keys.list()).map(({ number, revokedAt }) => [number, revokedAt]),
      [
        [1, start + 9],
        [2, start + 9],
        [3, undefined],
      ],
    )
    assert.notEqual(await store.keys.revision(), before[1])
    assert.deepEqual(await trail(store), { keys_rotated: 3, key_revoked: 2 })
  })
}

const counterScenarios = (scenario: Scenario): void => {
  scenario('reads counters in the order of their keys and gives back every field', async ({ store, reopen }) => {
    const bare = { ...counter, failures: 1, succeededAt: undefined }
    await store.counters.change(['a', 'b'], () => ({ next: [counter, bare], result: undefined }))
    const after = await reopen()
    assert.deepEqual(await after.counters.read(['b', 'x', 'a']), [bare, undefined, counter])
    assert.deepEqual(await after.counters.read([]), [])
  })

  scenario('changes, leaves and removes counters as the decision says, and returns its result', async ({ store }) => {
    await store.counters.change(['a', 'b', 'c'], () => ({ next: [counter, counter, counter], result: undefined }))
    const other = { ...counter, failures: 9, strikes: 8 }
    const result = await store.counters.change(['a', 'b', 'c'], (current) => ({
      next: [other, undefined, null],
      result: current.length,
    }))
    assert.equal(result, 3)
    assert.deepEqual(await store.counters.read(['a', 'b', 'c']), [other, counter, undefined])
  })

  scenario('loses none of 200 failures that are counted at once', async ({ store }) => {
    const fail = () =>
      store.counters.change(['account'], ([current = { ...counter, failures: 0 }]) => {
        const failures = current.failures + 1
        return { next: [{ ...current, failures }], result: failures }
      })
    const seen = await Promise.all(Array.from({ length: 200 }, fail))
    assert.equal(new Set(seen).size, 200)
    assert.equal((await store.counters.read(['account']))[0]?.failures, 200)
  })

  scenario('changes nothing if the decision throws, and passes its error on', async ({ store }) => {
    const fault = new RangeError('undecided')
    const undecided = store.counters.change(['a'], () => {
      throw fault
    })
    await assert.rejects(undecided, fault)
    assert.deepEqual(await store.counters.read(['a']), [undefined])
  })

  scenario('sets counters for an administrator, with an event in the trail', async ({ store }) => {
    await store.counters.change(['a', 'b', 'c'], () => ({ next: [counter, counter, counter], result: undefined }))
    const other = { ...counter, failures: 0 }
    const counters = new Map([
      ['a', null],
      ['b', other],
      ['d', other],
      ['x', null],
    ])
    await store.counters.unlock({ forgiveCodesOf: undefined, counters }, event('account_unlocked'))
    assert.deepEqual(await store.counters.read(['a', 'b', 'c', 'd', 'x']), [
      undefined,
      other,
      counter,
      other,
      undefined,
    ])
    assert.equal((await trail(store)).account_unlocked, 1)
  })

  scenario('forgets counters that have ended, whatever else they say', async ({ store }) => {
    const ended = { ...counter, blockedUntil: start + day, succeededAt: start + day, endsAt: start + 3 }
    const next = [ended, { ...ended, endsAt: start + 4 }, { ...ended, endsAt: start + day }]
    await store.counters.change(['a', 'b', 'c'], () => ({ next, result: undefined }))
    assert.equal(await store.counters.collectGarbage(start + 4), 1)
    assert.deepEqual(await store.counters.read(['a', 'b', 'c']), [undefined, next[1], next[2]])
    await store.counters.change(['c'], () => ({ next: [ended], result: undefined }))
    assert.equal(await store.counters.collectGarbage(start + 5), 2)
  })
}

const markScenarios = (scenario: Scenario): void => {
  scenario(
    'raises the high-water mark and never lowers it, except when an administrator resets it',
    async ({ store, reopen }) => {
      assert.equal(await store.marks.highWater(), 0)
      await store.marks.raiseHighWater(start + 10)
      await store.marks.raiseHighWater(start)
      const after = await reopen()
      assert.equal(await after.marks.highWater(), start + 10)
      await after.marks.resetHighWater(start, event('clock_reset'))
      assert.equal(await after.marks.highWater(), start)
      assert.equal((await trail(after)).clock_reset, 1)
    },
  )

  scenario('knows the issuer that was served last, and records a change of it', async ({ store, reopen }) => {
    const serve = (issuer: string) => store.marks.recordServedIssuer(issuer, event('issuer_changed'))
    assert.equal(await store.marks.servedIssuer(), undefined)
    await serve('https://one.example')
    await serve('https://one.example')
    assert.deepEqual(await trail(store), {})
    await serve('https://two.example/x_y')
    const after = await reopen()
    assert.equal(await after.marks.servedIssuer(), 'https://two.example/x_y')
    assert.deepEqual(await trail(after), { issuer_changed: 1 })
  })

  scenario('keeps times after 2038', async ({ store }) => {
    await store.marks.raiseHighWater(253_402_300_799)
    assert.equal(await store.marks.highWater(), 253_402_300_799)
  })

  scenario('records uses, which only grow, and counts of issues, which add up, in one commit', async ({ store }) => {
    await withSession(store)
    const issues = [{ clientId: 'client-1', minute: 29_166_666, count: 4 }]
    const from = { address: '192.0.2.7', agent: 'curl/8.16.0', clientId: undefined }
    const before = store.statistics()
    await store.usage.record({
      latest: start + 60,
      uses: new Map([
        [idOf(1), { at: start + 50, from }],
        [idOf(9), { at: start, from: undefined }],
      ]),
      issues,
    })
    assert.equal(store.statistics().commits - before.commits, 1)
    await store.usage.record({
      latest: start + 60,
      uses: new Map([[idOf(1), { at: start + 40, from: undefined }]]),
      issues,
    })
    const found = (await store.authorizations.find(idOf(1)))?.authorization
    assert.deepEqual([found?.lastUsedAt, found?.lastUsedFrom], [start + 50, from])
    await store.usage.record({
      latest: start + 70,
      uses: new Map([[idOf(1), { at: start + 60, from: undefined }]]),
      issues,
    })
    const later = (await store.authorizations.find(idOf(1)))?.authorization
    assert.deepEqual([later?.lastUsedAt, later?.lastUsedFrom], [start + 60, undefined])
  })

  scenario('records a report of a thousand uses', async ({ store }) => {
    await withSession(store)
    const uses = new Map(Array.from({ length: 1000 }, (_, n) => [idOf(n), { at: start + n, from: undefined }] as const))
    await store.usage.record({ latest: start + 1000, uses, issues: [] })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.lastUsedAt, start + 1)
  })
}

const trailScenarios = (scenario: Scenario): void => {
  scenario(
    'gives the trail back newest first, page by page, with every field and none that was not said',
    async ({ store, reopen }) => {
      const bare = { at: start + 1, action: 'clock_reset' } as const
      await store.marks.resetHighWater(1, event('setting_changed'))
      await store.marks.resetHighWater(2, bare)
      await store.marks.resetHighWater(3, { ...event('clock_reset'), actor: undefined, detail: undefined })
      const after = await reopen()
      const [newest, second] = await after.audit.list({ limit: 2 })
      const [oldest, ...none] = await after.audit.list({ limit: 2, before: second })
      assert.deepEqual(none, [])
      const sequences = [newest, second, oldest].map((entry) => entry?.sequence ?? 0)
      assert.deepEqual(
        sequences,
        [...sequences].sort((a, b) => b - a),
      )
      assert.deepEqual(oldest, { ...event('setting_changed'), sequence: sequences[2] })
      assert.deepEqual(second, { ...bare, sequence: sequences[1] })
      assert.deepEqual(Object.keys(newest ?? {}).includes('actor'), false)
    },
  )
}
