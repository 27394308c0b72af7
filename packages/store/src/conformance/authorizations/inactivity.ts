import assert from 'node:assert/strict'
import type { Authorization } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import { event, idOf, judged, refresh, rotationAudit, session, start, user, withSession } from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const idleSeconds = 1000
/** The first second in which a session is over that was used last when it was made. */
const over = start + idleSeconds

/** Every way in which a statement judges that the first session is active at an instant. */
const judgements: Readonly<Record<string, (store: StoreHandle, latest: number) => Promise<boolean>>> = {
  'a list': async (store, latest) =>
    (await store.authorizations.listLive({ latest, limit: 10 })).authorizations.length === 1,
  'a refresh': async (store, latest) =>
    (await store.authorizations.rotate(refresh(1, { now: latest, latest }), rotationAudit)).outcome === 'rotated',
  'a write that the session requests': async (store, latest) => {
    const { user: _, ...asked } = judged({ latest })
    return (await store.users.create(user(2), event('user_created'), { on: asked })) === 'created'
  },
  'a report of a use': async (store, latest) => {
    await store.usage.record({ latest, uses: new Map([[idOf(1), { at: latest }]]), issues: [] })
    return (await lastUse(store)) === latest
  },
}

const lastUse = async (store: StoreHandle): Promise<number | undefined> =>
  (await store.authorizations.find(idOf(1)))?.authorization.lastUsedAt

/** What counts as activity: each of these at 400 seconds. */
const activities: Readonly<Record<string, Partial<Authorization>>> = {
  made: { createdAt: start + 400 },
  refreshed: { rotatedAt: start + 400 },
  used: { lastUsedAt: start + 400 },
}

export const inactivityScenarios = (scenario: Scenario): void => {
  for (const [what, judge] of Object.entries(judgements)) {
    scenario(`${what} finds a session active until the second of its inactivity timeout`, async ({ store }) => {
      await withSession(store, { idleSeconds })
      assert.equal(await judge(store, over - 1), true)
    })

    scenario(`${what} finds a session inactive from that second on`, async ({ store }) => {
      await withSession(store, { idleSeconds })
      assert.equal(await judge(store, over), false)
    })

    for (const [how, activity] of Object.entries(activities)) {
      scenario(`${what} counts from when a session was ${how}, if that is later`, async ({ store }) => {
        await withSession(store, { idleSeconds, ...activity })
        assert.equal(await judge(store, over + 400), false)
        assert.equal(await judge(store, over + 399), true)
      })
    }

    scenario(`${what} finds a session without a timeout active until its end`, async ({ store }) => {
      await withSession(store)
      assert.equal(await judge(store, (session(1).expiresAt ?? 0) - 1), true)
    })
  }

  scenario('I3 a use that is reported late brings back nothing that has ended', async ({ store }) => {
    await withSession(store, { idleSeconds })
    await store.usage.record({ latest: over, uses: new Map([[idOf(1), { at: over - 1 }]]), issues: [] })
    assert.equal(await lastUse(store), undefined)
    assert.equal(await judgements['a list']?.(store, over), false)
  })

  scenario('the inactivity timeout of a session cannot be changed', async ({ store }) => {
    await withSession(store, { idleSeconds })
    const again = store.authorizations.create(session(1, { idleSeconds: 5000 }), event('authorization_created'))
    await assert.rejects(again, { name: 'StoreError', kind: 'conflict' })
  })
}
