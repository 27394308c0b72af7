import assert from 'node:assert/strict'
import type { StoreHandle } from '../../open/open.ts'
import { digest, event, idOf, session, standing, trail, withSession } from '../scenario/fixtures.ts'
import type { Backend, Fault, Scenario } from '../scenario/scenario.ts'
import type { Transition } from './transition.ts'
import { transitions } from './transitions.ts'

const created = event('authorization_created')

export const faultScenarios = (scenario: Scenario): void => {
  for (const transition of transitions) {
    const { name, writes } = transition
    for (const fault of [...writes, 'commit'] as const) {
      const part = fault === 'commit' ? fault : `${fault.when ? 'second ' : ''}${fault.on} of ${fault.table}`
      const fails = `${name} whose ${part} fails changes nothing, and may be tried again`
      const body = failing(transition, fault)
      if (fault !== 'commit' && fault.table === 'revocations') scenario(`N-641 ${fails}`, body)
      else scenario(fails, body)
    }
  }

  scenario('one unit that fails in the middle of a batch fails alone', async (backend) => {
    const { store } = backend
    await withSession(store)
    // One of them has an id that exists already.
    const callers = Array.from({ length: 21 }, (_, n) =>
      store.authorizations.create(session(n === 10 ? 1 : n + 100), created),
    )
    const outcomes = await Promise.allSettled(callers)
    assert.deepEqual(
      outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : [])),
      [10],
    )
    const after = await backend.reopen()
    for (let n = 0; n < 21; n++) {
      const found = await after.authorizations.find(idOf(n + 100))
      assert.equal(found === undefined, n === 10, `caller ${n}`)
    }
    assert.equal((await trail(after)).authorization_created, 21)
  })

  scenario('answers with an error after it was closed', async ({ store }) => {
    await withSession(store)
    await store.close()
    await assert.rejects(store.authorizations.find(idOf(1)), { name: 'StoreError', kind: 'unavailable' })
    await assert.rejects(store.authorizations.create(session(2), created), { name: 'StoreError', kind: 'unavailable' })
  })
}

const failing =
  ({ prepare, act }: Transition, fault: Fault) =>
  async (backend: Backend): Promise<void> => {
    const { store } = backend
    await withSession(store)
    await prepare?.(store)
    const before = await everything(store)
    const mend = await backend.inject(fault)
    await assert.rejects(act(store), { name: 'StoreError', kind: 'unavailable' })
    await mend()
    assert.deepEqual(await everything(store), before)
    await act(store)
    assert.notDeepEqual(await everything(store), before)
    assert.deepEqual(await everything(await backend.reopen()), await everything(backend.store))
  }

/** All that the fixtures of this file could have changed. */
const everything = async (store: StoreHandle): Promise<unknown> => ({
  authorizations: await Promise.all([1, 2].map((n) => store.authorizations.find(idOf(n), 't'))),
  standing: await store.authorizations.findStanding(standing(2)),
  personal: await store.authorizations.findBySecret(digest('personal token')),
  users: await Promise.all(['user-1', 'user-2'].map((id) => store.users.find(id))),
  clients: await Promise.all(['client-1', 'client-2'].map((id) => store.clients.find(id))),
  secrets: await Promise.all([1, 2].map((n) => store.clients.findBySecret(digest(`secret ${n}`)))),
  keys: [await store.keys.list(), await store.keys.revision()],
  credentials: await store.clients.listCredentials('client-1'),
  enrolments: await store.enrolments.find('user-1'),
  counters: await store.counters.read(['account', 'codes']),
  codes: await store.recoveryCodes.countLeft('user-1'),
  files: await store.recentFiles.list('user-1'),
  settings: await store.settings.list(''),
  trail: await store.audit.list({ limit: 100 }),
  exported: await store.audit.exported(),
  feed: [await store.revocations.state(), await store.revocations.listAfter(0, 100)],
})
