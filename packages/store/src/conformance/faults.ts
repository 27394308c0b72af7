import assert from 'node:assert/strict'
import type { StoreHandle } from '../open.ts'
import {
  client,
  credential,
  digest,
  event,
  idOf,
  keySet,
  refresh,
  rotationAudit,
  session,
  standing,
  start,
  trail,
  user,
  withSession,
} from './fixtures.ts'
import type { Fault, Scenario } from './suite.ts'

interface Operation {
  readonly name: string
  /** What must have happened before. */
  readonly prepare?: (store: StoreHandle) => Promise<unknown>
  readonly act: (store: StoreHandle) => Promise<unknown>
  /** Each write of its unit, one after the other. */
  readonly writes: readonly Fault[]
}

const inserts = (table: string): Fault => ({ table, on: 'insert' })
const updates = (table: string): Fault => ({ table, on: 'update' })
const audit = inserts('audit')
const created = event('authorization_created')
const withKey = refresh(1, { retryKeyDigest: digest('key') })

/** Every transition that changes something and is audited. */
const operations: readonly Operation[] = [
  {
    name: 'N-069 a refresh',
    act: (store) => store.authorizations.rotate(withKey, rotationAudit),
    writes: [updates('authorizations'), audit],
  },
  {
    name: 'N-069 the revocation at a reuse',
    prepare: (store) => store.authorizations.rotate(refresh(1), rotationAudit),
    act: (store) => store.authorizations.rotate(refresh(1), rotationAudit),
    writes: [updates('authorizations'), audit],
  },
  {
    name: 'N-121 a revocation',
    act: (store) => store.authorizations.revoke(idOf(1), start, event('authorization_revoked')),
    writes: [updates('authorizations'), audit],
  },
  {
    name: 'N-121 the revocation of one token',
    act: (store) =>
      store.authorizations.revokeToken(
        { authorizationId: idOf(1), tokenId: 't', expiresAt: start + 9 },
        event('token_revoked'),
      ),
    writes: [inserts('revoked_tokens'), audit],
  },
  {
    name: 'a new authorization',
    act: (store) => store.authorizations.create(session(2), created, { replacing: true }),
    writes: [updates('authorizations'), inserts('authorizations'), audit],
  },
  {
    name: 'a new standing authorization',
    act: (store) => store.authorizations.create(standing(2), created),
    writes: [inserts('authorizations'), audit],
  },
  {
    name: 'a new user',
    act: (store) => store.users.create(user(2), event('user_created')),
    writes: [inserts('users'), audit],
  },
  {
    name: 'a change of password',
    act: (store) =>
      store.users.changePassword(
        { userId: 'user-1', from: '$argon2id$1', to: '$argon2id$new', keep: idOf(1) },
        event('password_changed'),
      ),
    writes: [updates('users'), updates('authorizations'), audit],
  },
  {
    name: 'a new client',
    act: (store) => store.clients.create(client(2), credential(2, { clientId: 'client-2' }), event('client_created')),
    writes: [inserts('clients'), inserts('client_credentials'), audit],
  },
  {
    name: 'the revocation of a secret',
    act: (store) => store.clients.revokeCredential('key-1', start, event('credential_revoked')),
    writes: [updates('client_credentials'), updates('clients'), audit],
  },
  {
    name: 'a rotation of keys',
    prepare: (store) => store.keys.add(keySet(1), undefined, event('keys_rotated')),
    act: (store) => store.keys.add(keySet(2), 1, event('keys_rotated')),
    writes: [updates('key_sets'), inserts('key_sets'), updates('marks'), audit],
  },
]

export const faultScenarios = (scenario: Scenario): void => {
  for (const { name, prepare, act, writes } of operations) {
    for (const fault of [...writes, 'commit'] as const) {
      const part = fault === 'commit' ? fault : `${fault.on} of ${fault.table}`
      scenario(`${name} whose ${part} fails changes nothing, and may be tried again`, async (backend) => {
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
      })
    }
  }

  scenario('N-281 one unit that fails in the middle of a batch fails alone', async (backend) => {
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

/** All that the fixtures of this file could have changed. */
const everything = async (store: StoreHandle): Promise<unknown> => ({
  authorizations: await Promise.all([1, 2].map((n) => store.authorizations.find(idOf(n), 't'))),
  users: await Promise.all(['user-1', 'user-2'].map((id) => store.users.find(id))),
  clients: await Promise.all(['client-1', 'client-2'].map((id) => store.clients.find(id))),
  secrets: await Promise.all([1, 2].map((n) => store.clients.findBySecret(digest(`secret ${n}`)))),
  keys: [await store.keys.list(), await store.keys.revision()],
  trail: await store.audit.list({ limit: 100 }),
})
