import assert from 'node:assert/strict'
import { type Authorization, isActive } from '@countersign/core'
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

const latest = start + 100

type Case = readonly [what: string, given: Authorization, active: boolean]

const personal = (differing: Partial<Authorization>) =>
  session(1, { kind: 'personal', secretDigest: digest('1'), ...differing })

/** I5, case by case. The user `user-1` has the session epoch 7 and the personal epoch 5, the client `client-1` the epoch 4. */
const cases: readonly Case[] = [
  ['a new session', session(1), true],
  ['a session that never expires', session(1, { expiresAt: undefined }), true],
  ['a session in its last second', session(1, { expiresAt: latest + 1 }), true],
  ['an expired session', session(1, { expiresAt: latest }), false],
  ['a revoked session', session(1, { revokedAt: start }), false],
  ['a session of an earlier epoch', session(1, { epoch: 6 }), false],
  ['a session of a later epoch', session(1, { epoch: 8 }), true],
  ['a personal token of the personal epoch', personal({ epoch: 5 }), true],
  ['a personal token of an earlier epoch', personal({ epoch: 4 }), false],
  ['a session through a client of an earlier epoch', session(1, { clientEpoch: 3 }), false],
  ['a session through a disabled client', session(1, { clientId: 'client-2', clientEpoch: 4 }), false],
  ['a session through a built-in client', session(1, { clientId: 'countersign', clientEpoch: undefined }), true],
  ['a session of an unknown user', session(1, { subject: { kind: 'user', id: 'gone' } }), false],
  ['a session of a disabled user', session(1, { subject: { kind: 'user', id: 'user-3' } }), false],
  ['a token of an unknown client', standing(1, { kind: 'fixed', subject: { kind: 'client', id: 'gone' } }), false],
  ['a token of a disabled client', standing(1, { kind: 'fixed', subject: { kind: 'client', id: 'client-2' } }), false],
  ['a token of a client of an earlier epoch', standing(1, { kind: 'fixed', epoch: 3, clientEpoch: undefined }), false],
  ['a session within its inactivity timeout', session(1, { idleSeconds: 101 }), true],
  ['a session past its inactivity timeout', session(1, { idleSeconds: 100 }), false],
  ['a session that was refreshed in time', session(1, { idleSeconds: 100, generation: 1, rotatedAt: start + 1 }), true],
  ['a session that was used in time', session(1, { idleSeconds: 100, lastUsedAt: start + 1 }), true],
]

/** The domain decides in code, lists and the rule of a sole Authorization decide in SQL: they agree in every case. */
export const activityScenarios = (scenario: Scenario): void => {
  for (const [what, given, active] of cases) {
    scenario(
      `I5 ${what} is ${active ? '' : 'not '}active: to the domain, in lists and as the only one`,
      async ({ store }) => {
        await withPrincipals(store)
        const disabled = { disabledAt: start }
        await store.clients.create(
          client(2, disabled),
          credential(2, { clientId: 'client-2' }),
          event('client_created'),
        )
        await store.users.create(user(3, disabled), event('user_created'))
        await store.authorizations.create(given, event('authorization_created'))
        const record = await store.authorizations.find(given.id)
        assert.equal(record !== undefined && isActive(record, latest), active)
        const { authorizations } = await store.authorizations.listLive({ latest, limit: 10 })
        assert.deepEqual(
          authorizations.map(({ id }) => id),
          active ? [given.id] : [],
        )
        const other = { ...session(2), ...given, id: session(2).id, secretDigest: undefined, revokedAt: undefined }
        const found = await store.authorizations.create(other, event('authorization_created'), { sole: { latest } })
        assert.equal(found.id, active ? given.id : other.id)
      },
    )
  }
}
