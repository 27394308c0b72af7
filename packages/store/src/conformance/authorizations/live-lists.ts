import assert from 'node:assert/strict'
import type { Authorization, Authorizations } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  client,
  credential,
  digest,
  event,
  session,
  standing,
  start,
  user,
  withPrincipals,
} from '../scenario/fixtures.ts'
import type { Scenario } from '../scenario/scenario.ts'

type LiveQuery = Parameters<Authorizations['listLive']>[0]

const ofUser2 = { subject: { kind: 'user', id: 'user-2' } } as const

/** Every kind, two dialects, three subjects; the label is what a test calls it by. */
const all: readonly Authorization[] = [
  session(1, { label: 'session' }),
  session(2, { label: 'cikit session', dialect: 'cikit', clientEpoch: undefined }),
  session(3, { label: 'pat', kind: 'personal', epoch: 5, secretDigest: digest('3') }),
  session(4, { label: 'insight pat', kind: 'personal', dialect: 'insight', secretDigest: digest('4') }),
  session(5, { label: 'of another', ...ofUser2 }),
  session(6, { label: 'pat of another', ...ofUser2, kind: 'personal', secretDigest: digest('6') }),
  standing(7, { label: 'standing' }),
  standing(8, { label: 'fixed', kind: 'fixed', dialect: 'efa', scope: [] }),
  session(9, { label: 'fixed session', kind: 'fixed' }),
]

const ended: readonly Authorization[] = [
  session(11, { revokedAt: start }),
  session(12, { expiresAt: start + 100 }),
  session(13, { kind: 'personal', epoch: 4, secretDigest: digest('13') }),
  session(14, { kind: 'personal', epoch: 7, revokedAt: start, secretDigest: digest('14') }),
  session(15, { clientEpoch: 3 }),
  session(16, { subject: { kind: 'user', id: 'gone' } }),
  standing(17, { subject: { kind: 'client', id: 'client-2' }, clientId: 'client-2' }),
]

/** What each query finds, newest first. */
const expected: readonly (readonly [Partial<LiveQuery>, readonly string[]])[] = [
  [{}, all.map(({ label = '' }) => label).reverse()],
  [{ kind: 'session' }, ['of another', 'cikit session', 'session']],
  [{ kind: 'personal' }, ['pat of another', 'insight pat', 'pat']],
  [{ kind: 'standing' }, ['standing']],
  [{ kind: 'fixed' }, ['fixed session', 'fixed']],
  [{ dialect: 'cikit' }, ['cikit session']],
  [{ dialect: 'lyve' }, []],
  [{ kind: 'personal', dialect: 'insight' }, ['insight pat']],
  [{ kind: 'session', dialect: 'native' }, ['of another', 'session']],
  [{ ...ofUser2 }, ['pat of another', 'of another']],
  [{ ...ofUser2, kind: 'session' }, ['of another']],
  [{ ...ofUser2, kind: 'personal', dialect: 'native' }, ['pat of another']],
  [{ ...ofUser2, dialect: 'cikit' }, []],
  [{ subject: { kind: 'client', id: 'client-1' } }, ['fixed', 'standing']],
  [{ subject: { kind: 'client', id: 'user-1' } }, []],
]

export const liveListScenarios = (scenario: Scenario): void => {
  issuerScenarios(scenario)
  scenario('lists the live personal tokens that expire before a time, the next first', async ({ store }) => {
    await withPrincipals(store)
    const ends: readonly (readonly [string, Partial<Authorization>])[] = [
      ['later', { expiresAt: start + 300 }],
      ['next', { expiresAt: start + 200 }],
      ['endless', { expiresAt: undefined }],
      ['too late', { expiresAt: start + 400 }],
      ['expired', { expiresAt: start + 100 }],
      ['revoked', { expiresAt: start + 200, revokedAt: start }],
      ['a session', { expiresAt: start + 200, kind: 'session', secretDigest: undefined }],
    ]
    for (const [n, [label, differing]] of ends.entries()) {
      const token = { kind: 'personal', epoch: 5, secretDigest: digest(label) } as const
      await store.authorizations.create(session(n, { label, ...token, ...differing }), event('authorization_created'))
    }
    const expiring = async (limit: number) => {
      const found = await store.authorizations.listExpiring({ latest: start + 100, until: start + 400, limit })
      return found.map(({ label }) => label)
    }
    assert.deepEqual(await expiring(9), ['next', 'later'])
    assert.deepEqual(await expiring(1), ['next'])
  })

  scenario('lists what is live by subject, kind and dialect, or of all users, page by page', async ({ store }) => {
    await withPrincipals(store)
    await store.users.create(user(2), event('user_created'))
    const disabled = client(2, { disabledAt: start })
    await store.clients.create(disabled, credential(2, { clientId: 'client-2' }), event('client_created'))
    for (const one of [...ended, ...all]) await store.authorizations.create(one, event('authorization_created'))
    for (const [query, labels] of expected) {
      for (const limit of [1, 2, 100]) {
        assert.deepEqual(await labelsOf(store, { ...query, latest: start + 100, limit }), labels, JSON.stringify(query))
      }
    }
  })
}

const issuerScenarios = (scenario: Scenario): void => {
  scenario('counts what is live and meant for others than an issuer, standing ones excepted', async ({ store }) => {
    await withPrincipals(store)
    await store.users.create(user(2), event('user_created'))
    for (const one of [...ended, ...all]) await store.authorizations.create(one, event('authorization_created'))
    const both = ['https://issuer.example/a_b', 'https://api.example']
    await store.authorizations.create(session(20, { audience: both }), event('authorization_created'))
    const count = (issuer: string) => store.authorizations.countMeantForOthers({ issuer, latest: start + 100 })
    const listed = all.length - 1
    assert.equal(await count('https://elsewhere.example'), listed + 1)
    assert.equal(await count('https://issuer.example'), 1)
    // Neither a part of an issuer nor a pattern that fits it.
    assert.equal(await count('https://issuer.exampl'), listed + 1)
    assert.equal(await count('https://issuer.example/a_b'), listed)
    assert.equal(await count('https://issuer.example/a%b'), listed + 1)
    assert.equal(await count('https://issuer.example/_______'), listed + 1)
    // What is for registered APIs alone was never meant for an issuer, however its scopes are called.
    const orders = { id: '1'.repeat(22), identifier: 'https://orders.example', scope: ['issuer'] }
    const ofApi = { audience: [orders.identifier], apis: [orders] }
    await store.authorizations.create(session(21, ofApi), event('authorization_created'))
    assert.equal(await count('https://issuer.example/a_b'), listed)
  })
}

/** Every page, one after the other; none may be empty but the only one. */
const labelsOf = async (store: StoreHandle, query: LiveQuery): Promise<(string | undefined)[]> => {
  const found: Authorization[] = []
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await store.authorizations.listLive({ ...query, after })
    assert.ok(page.authorizations.length <= query.limit && (first || page.authorizations.length > 0))
    found.push(...page.authorizations)
    after = page.next
  }
  return found.map(({ label }) => label)
}
