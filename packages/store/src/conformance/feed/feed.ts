import assert from 'node:assert/strict'
import { type Authorization, issuingSeconds, longestAccessSeconds } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  addition,
  client,
  credential,
  day,
  digest,
  event,
  idOf,
  keySet,
  refresh,
  rotationAudit,
  session,
  standing,
  start,
  user,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { endings, prepare, type Told } from './endings.ts'

const created = event('authorization_created')

const toldBy = async (store: StoreHandle): Promise<Told> =>
  (await store.revocations.listAfter(0, 1000)).map(({ kind, id }) => [kind, id])

export const revocationScenarios = (scenario: Scenario): void => {
  for (const [name, { act, told }] of Object.entries(endings)) {
    const what = told.length === 0 ? 'nothing' : told.map(([kind]) => kind).join(', ')
    scenario(`N-640 tells of ${name}: ${what}`, async ({ store, reopen }) => {
      await prepare(store)
      assert.deepEqual(await toldBy(store), [])
      const { feed } = await store.revocations.state()
      await act(store)
      assert.deepEqual(await toldBy(store), told)
      const after = await reopen()
      assert.deepEqual(await after.revocations.state(), { feed, last: told.length, forgotten: 0 })
    })
  }

  scenario('N-646 tells nothing of what is issued, refreshed and used', async ({ store }) => {
    await prepare(store)
    await store.authorizations.create(standing(2), created)
    await store.authorizations.create(session(3), created, { sole: { latest: start } })
    await store.authorizations.rotate(refresh(1, { retryKeyDigest: digest('key') }), rotationAudit)
    await store.authorizations.rotate(refresh(1, { retryKeyDigest: digest('key') }), rotationAudit)
    await store.authorizations.find(idOf(1))
    await store.usage.record({ latest: start + 90, uses: new Map([[idOf(1), { at: start + 90 }]]), issues: [] })
    await store.users.create(user(3), event('user_created'))
    await store.clients.create(client(2), credential(2, { clientId: 'client-2' }), event('client_created'))
    await store.keys.add(addition(keySet(2), 1), event('keys_rotated'))
    await store.authorizations.collectGarbage(start + 400 * day)
    assert.deepEqual(await toldBy(store), [])
  })

  scenario('says which tokens an entry concerns, for whom, and until when', async ({ store }) => {
    await prepare(store)
    const apis = [
      { id: 'api-1', identifier: 'https://api-1.example', scope: [] },
      { id: 'issuer', identifier: 'https://issuer.example', scope: [] },
    ]
    const ended: readonly (readonly [Partial<Authorization>, number, readonly string[]])[] = [
      [{ accessLifetimeSeconds: 600 }, start + issuingSeconds + 3600, ['issuer']],
      [{ accessLifetimeSeconds: 86_400, apis }, start + issuingSeconds + 86_400, ['api-1', 'issuer']],
      [{ kind: 'fixed', accessLifetimeSeconds: 30 * day, expiresAt: start + 30 * day }, start + 30 * day, ['issuer']],
      [{ kind: 'fixed', accessLifetimeSeconds: 60, expiresAt: start + 60 }, start + issuingSeconds + 3600, ['issuer']],
      [{ kind: 'enrolment' }, start + issuingSeconds + 3600, ['issuer']],
    ]
    for (const [n, [differing]] of ended.entries()) {
      await store.authorizations.create(session(n + 2, differing), created)
      await store.authorizations.revoke(idOf(n + 2), start, event('authorization_revoked'))
    }
    const before = start + issuingSeconds
    const entries = ended.map(([, until, apis], n) => ({
      ...{ sequence: n + 1, kind: 'authorization', id: idOf(n + 2), before, until, apis },
    }))
    assert.deepEqual(await store.revocations.listAfter(0, 9), entries)
    const token = { authorizationId: idOf(1), tokenId: 't', expiresAt: start + 90 }
    await store.authorizations.revokeToken(token, event('token_revoked'))
    await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
    assert.deepEqual(await store.revocations.listAfter(entries.length, 9), [
      { sequence: 6, kind: 'token', id: 't', before, until: start + 90, apis: ['issuer'] },
      { sequence: 7, kind: 'subject', id: 'user-1', before, until: before + longestAccessSeconds, apis: undefined },
    ])
    assert.deepEqual(
      (await store.revocations.listAfter(2, 2)).map(({ sequence }) => sequence),
      [3, 4],
    )
  })

  scenario('N-647 reaches the tokens that were dated while the clock was ahead', async ({ store }) => {
    await prepare(store)
    await store.marks.raiseHighWater(start + 3600)
    await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
    assert.equal((await store.revocations.listAfter(0, 1))[0]?.before, start + 3600 + issuingSeconds)
  })

  scenario(
    'N-642 gives 200 parallel units positions without a gap, in the order of their commits',
    async ({ store }) => {
      await prepare(store)
      const count = 200
      for (let n = 2; n < count + 2; n++) await store.authorizations.create(session(n), created)
      const read: number[] = []
      let isOver = false
      const reader = (async () => {
        for (let isLast = false; !isLast; ) {
          isLast = isOver
          // What was committed before it was asked for is never found later at an earlier position.
          const { last } = await store.revocations.state()
          const entries = await store.revocations.listAfter(read.at(-1) ?? 0, 1000)
          read.push(...entries.map(({ sequence }) => sequence))
          assert.ok((read.at(-1) ?? 0) >= last, 'an entry that was counted is there')
          await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      await Promise.all(
        Array.from({ length: count }, (_, n) =>
          n % 4 === 0
            ? store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
            : store.authorizations.revoke(idOf(n + 2), start, event('authorization_revoked')),
        ),
      )
      isOver = true
      await reader
      assert.deepEqual(
        read,
        Array.from({ length: count }, (_, n) => n + 1),
      )
    },
  )

  scenario('N-643 removes what is over, and says up to which position', async ({ store, reopen }) => {
    await prepare(store)
    for (let n = 2; n < 304; n++) await store.authorizations.create(session(n), created)
    await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
    for (let n = 2; n < 304; n++) {
      await store.authorizations.revoke(idOf(n), start + (n > 302 ? day : 0), event('authorization_revoked'))
    }
    const over = start + issuingSeconds + 3600
    assert.equal(await store.revocations.collectGarbage(over), 0)
    assert.equal((await store.revocations.state()).forgotten, 0)
    assert.equal(await store.revocations.collectGarbage(over + 1), 301)
    assert.deepEqual(await toldBy(store), [
      ['subject', 'user-1'],
      ['authorization', idOf(303)],
    ])
    const { last, forgotten } = await (await reopen()).revocations.state()
    assert.deepEqual([last, forgotten], [303, 302])
  })

  scenario('N-643 gives the position of a removed entry to no other', async ({ store, reopen }) => {
    await prepare(store)
    await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
    await Promise.all([1, 2, 3].map(() => store.revocations.collectGarbage(start + 800 * day)))
    const after = await reopen()
    await after.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
    const { last, forgotten } = await after.revocations.state()
    assert.deepEqual([last, forgotten], [2, 1])
    assert.deepEqual(
      (await after.revocations.listAfter(0, 9)).map(({ sequence }) => sequence),
      [2],
    )
  })

  scenario('calls a listener after each commit with an entry, until it is told to stop', async ({ store }) => {
    await prepare(store)
    await store.users.create(user(3), event('user_created'))
    const seen: number[] = []
    const calls: (() => void)[] = []
    const call = () => new Promise<void>((resolve) => calls.push(resolve))
    const stop = store.revocations.watch(() => {
      seen.push(seen.length + 1)
      calls.shift()?.()
    })
    for (let n = 0; n < 3; n++) {
      const called = call()
      await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
      await called
    }
    assert.equal(seen.length, 3)
    await store.users.create(user(4), event('user_created'))
    await store.revocations.state()
    assert.equal(seen.length, 3)
    stop()
    await store.users.revokeAll('user-1', { personal: false }, event('authorizations_revoked'))
    await store.revocations.state()
    assert.equal(seen.length, 3)
  })
}
