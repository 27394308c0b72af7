import assert from 'node:assert/strict'
import type { Authorization } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  client,
  credential,
  day,
  digest,
  event,
  fullAuthorization,
  idOf,
  session,
  standing,
  start,
  trail,
  user,
  withPrincipals,
  withSession,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

const created = event('authorization_created')
const revoked = event('authorization_revoked')

export const authorizationScenarios = (scenario: Scenario): void => {
  scenario('gives back every field of an authorization', async ({ store, reopen }) => {
    await withPrincipals(store)
    await store.authorizations.create(fullAuthorization(1), created)
    const bare = session(2, {
      clientId: 'built-in',
      clientEpoch: undefined,
      expiresAt: undefined,
      scope: [],
      factors: [],
    })
    await store.authorizations.create(bare, created)
    const after = await reopen()
    assert.deepEqual((await after.authorizations.find(idOf(1)))?.authorization, fullAuthorization(1))
    assert.deepEqual((await after.authorizations.find(idOf(2)))?.authorization, bare)
  })

  scenario('finds an authorization together with its user and its client', async ({ store }) => {
    await withSession(store)
    const record = await store.authorizations.find(idOf(1))
    assert.deepEqual(record?.subject, {
      name: 'Ada.1',
      role: 'manager',
      enabled: true,
      sessionsEpoch: 7,
      personalEpoch: 5,
    })
    assert.deepEqual(record?.client, { enabled: true, epoch: 4, reuseLeewaySeconds: 20 })
    assert.equal(record?.tokenRevoked, false)
    assert.equal(await store.authorizations.find(idOf(99)), undefined)
  })

  scenario('reports a disabled subject, a disabled client and those that do not exist', async ({ store }) => {
    await store.users.create(user(1, { disabledAt: start }), event('user_created'))
    await store.clients.create(client(1, { disabledAt: start }), credential(1), event('client_created'))
    await store.authorizations.create(session(1), created)
    await store.authorizations.create(
      session(2, { subject: { kind: 'user', id: 'gone' }, clientId: 'built-in' }),
      created,
    )
    const disabled = await store.authorizations.find(idOf(1))
    assert.deepEqual([disabled?.subject?.enabled, disabled?.client?.enabled], [false, false])
    const orphan = await store.authorizations.find(idOf(2))
    assert.deepEqual([orphan?.subject, orphan?.client], [undefined, undefined])
  })

  scenario('takes a client as the subject of its own authorizations', async ({ store }) => {
    await withPrincipals(store)
    // A user of the very same id must not be mistaken for the client.
    await store.users.create(user(2, { id: 'client-1', role: 'viewer' }), event('user_created'))
    await store.authorizations.create(standing(1), created)
    const record = await store.authorizations.find(idOf(1))
    assert.deepEqual(record?.subject, {
      name: 'Reporting 1',
      role: 'viewer',
      enabled: true,
      sessionsEpoch: 4,
      personalEpoch: 4,
    })
  })

  scenario('finds a personal token by the digest of the whole secret alone', async ({ store }) => {
    await withSession(store, { kind: 'personal', secretDigest: digest('token'), mask: 'cs_pat_…' })
    const record = await store.authorizations.findBySecret(digest('token'))
    assert.equal(record?.authorization.id, idOf(1))
    assert.equal(record?.subject?.name, 'Ada.1')
    assert.equal(await store.authorizations.findBySecret(digest('token ')), undefined)
    assert.equal(await store.authorizations.findBySecret(digest('token').subarray(0, 31)), undefined)
  })

  scenario('refuses a second authorization of the same id and audits only the first', async ({ store }) => {
    await withSession(store)
    const again = store.authorizations.create(session(1, { roleCeiling: 'viewer' }), created)
    await assert.rejects(again, { name: 'StoreError', kind: 'conflict' })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.roleCeiling, 'manager')
    assert.equal((await trail(store)).authorization_created, 1)
  })

  scenario('replaces the other live ones of the same subject, dialect and kind in one commit', async ({ store }) => {
    await withSession(store)
    const others = [
      session(2, { dialect: 'cikit' }),
      session(3, { kind: 'fixed' }),
      session(4, { subject: { kind: 'user', id: 'user-2' } }),
    ]
    for (const other of others) await store.authorizations.create(other, created)
    await store.authorizations.create(session(5, { createdAt: start + 9 }), created, { replacing: true })
    assert.equal((await store.authorizations.find(idOf(1)))?.authorization.revokedAt, start + 9)
    for (const n of [2, 3, 4, 5]) {
      assert.equal((await store.authorizations.find(idOf(n)))?.authorization.revokedAt, undefined, `authorization ${n}`)
    }
    const [newest] = await store.audit.list({ limit: 1 })
    assert.deepEqual(newest?.detail, { ...created.detail, replaced: 1 })
  })

  scenario('makes a sole one only where the subject has no live one of this dialect and kind', async ({ store }) => {
    await withPrincipals(store)
    const key = (n: number, other: Parameters<typeof session>[1] = {}) =>
      session(n, { kind: 'fixed', dialect: 'efa', createdAt: start, expiresAt: start + 60, ...other })
    const sole = (authorization: ReturnType<typeof key>, latest = authorization.createdAt) =>
      store.authorizations.create(authorization, created, { sole: { latest } })
    for (const [n, other] of [
      [1, { dialect: 'lyve' }],
      [2, { kind: 'session' }],
      [3, { subject: { kind: 'user', id: 'user-2' } }],
      [4, { expiresAt: start }],
      [5, { revokedAt: start }],
      [6, { epoch: 6 }],
    ] as const) {
      await store.authorizations.create(key(n, other), created)
    }
    const raced = await Promise.all(Array.from({ length: 100 }, (_, at) => sole(key(100 + at))))
    assert.deepEqual(new Set(raced.map(({ id }) => id)).size, 1)
    assert.equal((await trail(store)).authorization_created, 7)
    assert.deepEqual(await sole(key(300, { createdAt: start + 59 })), raced[0])
    assert.equal((await sole(key(301, { createdAt: start + 60, expiresAt: start + 120 }))).id, idOf(301))
    // Of a clock that was set back: what has expired is not live again.
    assert.equal((await sole(key(302, { createdAt: start + 60, expiresAt: start + 240 }), start + 120)).id, idOf(302))
  })

  scenario('draws every client token of one scope and audience on one standing authorization', async ({ store }) => {
    await withPrincipals(store)
    const query = {
      clientId: 'client-1',
      dialect: 'native',
      epoch: 4,
      scope: ['read', 'write'] as readonly string[],
      apis: [] as Authorization['apis'],
    }
    const registered = (id: string) => [{ id, identifier: 'https://issuer.example', scope: ['read', 'write'] }]
    const audience = ['https://issuer.example']
    assert.equal(await store.authorizations.findStanding({ ...query, audience }), undefined)
    await store.authorizations.create(standing(1), created)
    assert.deepEqual(await store.authorizations.findStanding({ ...query, audience }), standing(1))
    for (const other of [
      { ...query, audience: [] },
      { ...query, audience, epoch: 5 },
      { ...query, audience, scope: ['read'] },
      { ...query, audience, dialect: 'efa' },
      { ...query, audience, clientId: 'client-2' },
      { ...query, audience, apis: registered('api-1') },
    ]) {
      assert.equal(await store.authorizations.findStanding(other), undefined)
    }
    assert.deepEqual(await store.authorizations.create(standing(2), created), standing(1))
    assert.equal((await trail(store)).authorization_created, 1)
    // An API that is registered anew is another one.
    for (const [n, id] of [
      [3, 'api-1'],
      [4, 'api-2'],
    ] as const) {
      const apis = registered(id)
      const one = standing(n, { apis })
      assert.deepEqual(await store.authorizations.create(one, created), one)
      assert.deepEqual(await store.authorizations.findStanding({ ...query, audience, apis }), one)
    }
  })

  scenario(
    'makes one standing authorization for 100 callers at once, and a new one after it was revoked',
    async ({ store }) => {
      await withPrincipals(store)
      const callers = Array.from({ length: 100 }, (_, n) => store.authorizations.create(standing(n + 1), created))
      const ids = new Set((await Promise.all(callers)).map(({ id }) => id))
      assert.equal(ids.size, 1)
      assert.equal((await trail(store)).authorization_created, 1)
      const [id = ''] = ids
      await store.authorizations.revoke(id, start, revoked)
      assert.equal((await store.authorizations.create(standing(200), created)).id, idOf(200))
    },
  )

  scenario(
    'revokes once; what was revoked before or never existed is unchanged and not audited',
    async ({ store, reopen }) => {
      await withSession(store)
      assert.equal(await store.authorizations.revoke(idOf(1), start + 5, revoked), 'revoked')
      assert.equal(await store.authorizations.revoke(idOf(1), start + 6, revoked), 'unchanged')
      assert.equal(await store.authorizations.revoke(idOf(99), start + 6, revoked), 'unchanged')
      const after = await reopen()
      assert.equal((await after.authorizations.find(idOf(1)))?.authorization.revokedAt, start + 5)
      assert.equal((await trail(after)).authorization_revoked, 1)
    },
  )

  scenario(
    'keeps the revocation of one token, and of no other, over a restart and garbage collection',
    async ({ store, reopen }) => {
      await withPrincipals(store)
      await store.authorizations.create(standing(1), created)
      const token = { authorizationId: idOf(1), tokenId: 'token-1', expiresAt: start + 3600 }
      const audit = event('token_revoked')
      assert.equal(await store.authorizations.revokeToken(token, audit), 'revoked')
      assert.equal(await store.authorizations.revokeToken(token, audit), 'unchanged')
      assert.equal(await store.authorizations.revokeToken({ ...token, authorizationId: idOf(9) }, audit), 'unchanged')
      const after = await reopen()
      assert.equal(await after.authorizations.collectGarbage(start + 3601), 0)
      assert.equal((await after.authorizations.find(idOf(1), 'token-1'))?.tokenRevoked, true)
      assert.equal((await after.authorizations.find(idOf(1), 'token-2'))?.tokenRevoked, false)
      assert.equal((await after.authorizations.find(idOf(1)))?.tokenRevoked, false)
      assert.equal((await trail(after)).token_revoked, 1)
      assert.equal(await after.authorizations.collectGarbage(start + 3601 + 30 * day), 1)
    },
  )

  scenario('lists what is live, newest first, page by page', async ({ store }) => {
    await withPrincipals(store)
    for (const n of [1, 2, 3, 4, 5]) await store.authorizations.create(session(n), created)
    assert.deepEqual(await pages(store, 2), [[idOf(5), idOf(4)], [idOf(3), idOf(2)], [idOf(1)]])
    assert.deepEqual(await pages(store, 5), [[idOf(5), idOf(4), idOf(3), idOf(2), idOf(1)]])
  })

  scenario('leaves out of a list whatever is not active', async ({ store }) => {
    await withPrincipals(store)
    const alive = session(1)
    const dead = [
      session(2, { revokedAt: start }),
      session(3, { expiresAt: start + 100 }),
      session(4, { epoch: 6 }),
      session(5, { clientEpoch: 3 }),
      session(6, { subject: { kind: 'user', id: 'user-2' } }),
      session(7, { kind: 'personal', epoch: 4, secretDigest: digest('dead') }),
    ]
    const personal = session(8, { kind: 'personal', epoch: 5, secretDigest: digest('alive') })
    const builtIn = session(9, { clientId: 'built-in', clientEpoch: undefined })
    for (const one of [alive, ...dead, personal, builtIn]) await store.authorizations.create(one, created)
    assert.deepEqual(await pages(store, 10), [[idOf(9), idOf(8), idOf(1)]])
  })

  scenario('forgets what was revoked or has expired 30 days ago, in batches, and nothing else', async ({ store }) => {
    await withPrincipals(store)
    const ended = start + 10
    const many = Array.from({ length: 250 }, (_, n) =>
      store.authorizations.create(session(100 + n, { expiresAt: ended }), created),
    )
    await Promise.all(many)
    await store.authorizations.create(session(1, { revokedAt: ended }), created)
    await store.authorizations.create(session(2), created)
    assert.equal(await store.authorizations.collectGarbage(ended + 30 * day), 0)
    assert.equal(await store.authorizations.collectGarbage(ended + 30 * day + 1), 251)
    assert.equal(await store.authorizations.find(idOf(100)), undefined)
    assert.equal(await store.authorizations.find(idOf(1)), undefined)
    assert.notEqual(await store.authorizations.find(idOf(2)), undefined)
  })
}

/** The ids on each page of the first user's live authorizations. */
const pages = async (store: StoreHandle, limit: number): Promise<string[][]> => {
  const found: string[][] = []
  let after: string | undefined
  do {
    const subject = { kind: 'user', id: 'user-1' } as const
    const page = await store.authorizations.listLive({ subject, latest: start + 100, limit, after })
    found.push(page.authorizations.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return found
}
