import assert from 'node:assert/strict'
import type { Unmet, WriteCondition } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  addition,
  always,
  api,
  cap,
  client,
  credential,
  digest,
  enrolment,
  event,
  idOf,
  judged,
  keySet,
  newPassword,
  session,
  start,
  trail,
  user,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const changed = event('user_changed')
const person = 'user-1'

/**
 * Every write that takes a condition, by its port and method. A test compares the list with the ports (`conditions.test.ts`).
 * Each is asked by the first session and depends on the first user.
 */
export const conditionalWrites: Readonly<Record<string, (store: StoreHandle, on: WriteCondition) => Promise<unknown>>> =
  {
    'users.create': (store, on) => store.users.create(user(2), event('user_created'), { on }),
    'users.changePassword': (store, on) =>
      store.users.changePassword(
        { userId: person, password: newPassword('$argon2id$new'), keep: idOf(1) },
        on,
        event('password_changed'),
      ),
    'users.change': (store, on) => store.users.change(person, { role: 'viewer', at: start }, on, [changed]),
    'users.chooseRequiredFactors': (store, on) =>
      store.users.chooseRequiredFactors({ userId: person, to: ['totp'], keep: idOf(1) }, on, event('factors_changed')),
    'users.reset': (store, on) =>
      store.users.reset(
        { userId: person, secret: 'none', requiredFactors: ['password'] },
        on,
        event('factors_changed'),
      ),
    'users.remove': (store, on) => store.users.remove(person, event('user_deleted'), on),
    'users.transferOwnership': (store, on) =>
      store.users.transferOwnership('user-0', person, on, event('ownership_transferred')),
    'users.revokeAll': (store, on) =>
      store.users.revokeAll(person, { personal: true }, event('authorizations_revoked'), on),
    'users.endOtherSessions': (store, on) =>
      store.users.endOtherSessions({ userId: person, keep: idOf(1) }, on, event('authorizations_revoked')),
    'users.endEverybodysSessions': (store, on) =>
      store.users.endEverybodysSessions({ userId: person, keep: idOf(1) }, on, event('authorizations_revoked')),
    'enrolments.put': (store, on) => store.enrolments.put(enrolment(3), event('factors_changed'), on),
    'enrolments.accept': (store, on) =>
      store.enrolments.accept(
        { userId: person, slot: 'active', sealed: enrolment(1).sealed, step: 90_000_000, at: start },
        event('factors_changed'),
        on,
      ),
    'recoveryCodes.replace': (store, on) =>
      store.recoveryCodes.replace(person, [digest('new')], event('factors_changed'), on),
    'authorizations.createOn': (store, on) =>
      store.authorizations.createOn(on, session(2), event('authorization_created')),
    'clients.create': (store, on) =>
      store.clients.create(
        client(2),
        credential(2, { clientId: client(2).id, expiresAt: undefined }),
        event('client_created'),
        on,
      ),
    'clients.change': (store, on) =>
      store.clients.change('client-1', { targets: { scope: [], apis: [] } }, event('client_changed'), on),
    'keys.add': (store, on) => store.keys.add(addition(keySet(2), 1), event('keys_rotated'), on),
    'keys.revoke': (store, on) => store.keys.revoke('kid-1', start, event('key_revoked'), { on }),
    'apis.create': (store, on) => store.apis.create(api(2), event('api_created'), on),
    'apis.change': (store, on) => store.apis.change('api-1', { name: 'Other' }, event('api_changed'), on),
    'apis.remove': (store, on) => store.apis.remove('api-1', event('api_deleted'), on),
    'clients.revokeCredential': (store, on) =>
      store.clients.revokeCredential('key-1', start, event('credential_revoked'), on),
    'clients.replaceCredentials': (store, on) =>
      store.clients.replaceCredentials(credential(3), event('credential_created'), on),
    'clients.expireCredential': (store, on) =>
      store.clients.expireCredential('key-1', start, event('client_changed'), on),
    'clients.remove': (store, on) => store.clients.remove('client-1', event('client_deleted'), on),
    'counters.unlock': (store, on) =>
      store.counters.unlock({ forgiveCodesOf: person, counters: new Map() }, event('account_unlocked'), on),
    'settings.put': (store, on) => store.settings.put('a setting', 1, event('setting_changed'), on),
    'authorizations.createWithin': (store, on) =>
      store.authorizations.createWithin(cap(), on, session(2), event('authorization_created')),
  }

/** What may happen between a proof and the write that it permits: everything that changes how the user logs in. */
const changes: Readonly<Record<string, (store: StoreHandle) => Promise<unknown>>> = {
  'another password': (store) =>
    store.users.changePassword(
      { userId: person, password: newPassword('$argon2id$other'), keep: idOf(1) },
      always,
      event('password_changed'),
    ),
  'other required factors': (store) =>
    store.users.change(person, { requiredFactors: ['password'], at: start }, always, [changed]),
  'a choice of factors': (store) =>
    store.users.chooseRequiredFactors({ userId: person, to: ['totp'], keep: idOf(1) }, always, changed),
  'the end of being enabled': (store) => store.users.change(person, { disabled: true, at: start }, always, [changed]),
  'being enabled': (store) => store.users.change(person, { disabled: false, at: start }, always, [changed]),
  'a reset': (store) =>
    store.users.reset({ userId: person, secret: 'kept', requiredFactors: ['password', 'totp'] }, always, changed),
  'the end of all sessions': (store) => store.users.revokeAll(person, { personal: false }, changed),
  'the end of all that is held': (store) => store.users.revokeAll(person, { personal: true }, changed),
  'the end of other sessions': (store) =>
    store.users.endOtherSessions({ userId: person, keep: idOf(1) }, always, changed),
  'the end of all users’ sessions': (store) =>
    store.users.endEverybodysSessions({ userId: 'user-0', keep: idOf(1) }, always, changed),
  'a new secret': (store) => store.enrolments.put(enrolment(2, { slot: 'pending' }), changed),
  'the first code of a secret': async (store) => {
    const { pending } = await store.enrolments.find(person)
    const { sealed } = pending ?? enrolment(2)
    return store.enrolments.accept({ userId: person, slot: 'pending', sealed, step: 80_000_000, at: start }, changed)
  },
  'new recovery codes': (store) => store.recoveryCodes.replace(person, [digest('other')], changed),
}

/** The presented session, its user with both factors, and an owner who is another user. */
const prepare = async (store: StoreHandle): Promise<WriteCondition> => {
  await withSession(store)
  await store.users.create(user(0, { role: 'owner' }), event('user_created'))
  await store.enrolments.put(enrolment(1, { confirmedAt: undefined }), changed)
  await store.enrolments.put(enrolment(2, { slot: 'pending', confirmedAt: undefined, lastStep: 0 }), changed)
  await store.recoveryCodes.replace(person, [digest('code')], changed)
  await store.clients.create(client(1), credential(1), event('client_created'))
  await store.apis.create(api(1), event('api_created'))
  await store.keys.add(addition(keySet(1)), event('keys_rotated'))
  const { version } = (await store.users.find(person)) ?? user(1)
  return judged({ user: { id: person, version } })
}

export const conditionScenarios = (scenario: Scenario): void => {
  for (const [name, write] of Object.entries(conditionalWrites)) {
    scenario(`${name} happens while its condition holds`, async ({ store }) => {
      const on = await prepare(store)
      assert.ok(!isUnmet(await write(store, on)))
    })

    for (const [what, change] of Object.entries(changes)) {
      scenario(`${name} does not happen after ${what}`, async ({ store }) => {
        const { asking: _, ...on } = await prepare(store)
        await change(store)
        await refused(store, () => write(store, on), 'stale')
      })
    }

    scenario(`${name} does not happen for a session that has ended, expired, or does not exist`, async ({ store }) => {
      const { user: _, ...on } = await prepare(store)
      await refused(store, () => write(store, { ...on, latest: session(1).expiresAt ?? 0 }), 'ended')
      await refused(store, () => write(store, { ...on, asking: idOf(9) }), 'ended')
      await store.authorizations.revoke(idOf(1), start, event('authorization_revoked'))
      await refused(store, () => write(store, on), 'ended')
    })
  }

  scenario('of 50 writes on one proof, those that change the user happen once', async ({ store }) => {
    const on = await prepare(store)
    const callers = Array.from({ length: 50 }, (_, n) =>
      n % 2 === 0
        ? store.recoveryCodes.replace(person, [digest(`${n}`)], changed, on)
        : store.enrolments.put(enrolment(n, { slot: 'pending' }), changed, on),
    )
    const outcomes = await Promise.all(callers)
    assert.equal(outcomes.filter((outcome) => outcome !== 'stale').length, 1)
  })
}

const isUnmet = (outcome: unknown): outcome is Unmet => outcome === 'stale' || outcome === 'ended'

const refused = async (store: StoreHandle, write: () => Promise<unknown>, why: Unmet): Promise<void> => {
  const before = await everything(store)
  assert.equal(await write(), why)
  assert.deepEqual(await everything(store), before)
}

const everything = async (store: StoreHandle): Promise<unknown> => ({
  users: await store.users.list({ limit: 10 }),
  enrolments: await store.enrolments.find(person),
  codes: await store.recoveryCodes.countLeft(person),
  clients: await store.clients.list({ limit: 10 }),
  credentials: await store.clients.listCredentials('client-1'),
  apis: await store.apis.list({ limit: 10 }),
  keys: await store.keys.list(),
  settings: await store.settings.list(''),
  authorizations: await Promise.all([1, 2].map((n) => store.authorizations.find(idOf(n)))),
  trail: await trail(store),
})
