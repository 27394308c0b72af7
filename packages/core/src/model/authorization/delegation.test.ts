import { describe, expect, it } from 'vitest'
import { FixedClock } from '../../testing/fixed-clock.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import type { Authorization } from './authorization.ts'
import { isDelegated } from './delegation.ts'
import { newAuthorization } from './new-authorization.ts'

const policy = { delegateClientIds: new Set(['vendor-system']) }
const authorization = (given: Partial<Authorization> = {}): Authorization =>
  newAuthorization(
    {
      kind: 'session',
      subject: { kind: 'user', id: '0'.repeat(22) },
      clientId: 'countersign',
      dialect: 'native',
      roleCeiling: 'manager',
      scope: ['read'],
      audience: ['https://auth.example'],
      epoch: 0,
      accessForm: 'jwt',
      accessLifetimeSeconds: 600,
      ...given,
    },
    { clock: new FixedClock(), random: new SeededRandom() },
  )

describe('a session that a client holds for a user', () => {
  it.each<[string, Partial<Authorization>, boolean]>([
    ['a login', {}, false],
    ['a login of a vendor', { clientId: 'vendor', dialect: 'vendor' }, false],
    ['one through a registered client', { clientId: '1'.repeat(22), clientEpoch: 0 }, true],
    ['one through a built-in client that programs use', { clientId: 'vendor-system', dialect: 'vendor' }, true],
    ['a token of a client itself', { subject: { kind: 'client', id: '1'.repeat(22) }, clientEpoch: 0 }, false],
    ['a personal token', { kind: 'personal', clientId: 'vendor-system' }, false],
  ])('%s: %j is one: %s', (_what, given, expected) => {
    expect(isDelegated(authorization(given), policy)).toBe(expected)
  })
})
