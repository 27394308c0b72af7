import { describe, expect, it } from 'vitest'
import { FixedClock } from '../../testing/fixed-clock.ts'
import { SeededRandom } from '../../testing/seeded-random.ts'
import type { Role } from '../principals/role.ts'
import { effectiveRole, isActive, mayAct } from './activity.ts'
import type { Authorization, AuthorizationRecord, SubjectState } from './authorization.ts'
import { newAuthorization } from './new-authorization.ts'

const clock = new FixedClock()
const now = clock.now()

const authorization = newAuthorization(
  {
    kind: 'session',
    subject: { kind: 'user', id: '0'.repeat(22) },
    clientId: 'countersign',
    dialect: 'native',
    roleCeiling: 'manager',
    scope: ['read'],
    audience: ['https://auth.example'],
    epoch: 3,
    accessForm: 'jwt',
    accessLifetimeSeconds: 600,
    expiresAt: now + 100,
  },
  { clock, random: new SeededRandom() },
)
const subject: SubjectState = { name: 'alice', role: 'manager', enabled: true, sessionsEpoch: 3, personalEpoch: 1 }
const record = (given: Partial<Authorization> = {}, rest: Partial<AuthorizationRecord> = {}): AuthorizationRecord => ({
  authorization: { ...authorization, ...given },
  subject,
  client: undefined,
  tokenRevoked: false,
  ...rest,
})

describe('I5 an Authorization is active', () => {
  it('until it expires, and not in the second of its end', () => {
    expect(isActive(record(), now + 99)).toBe(true)
    expect(isActive(record(), now + 100)).toBe(false)
    expect(isActive(record({ expiresAt: undefined }), now + 1e9)).toBe(true)
  })

  it('within its inactivity timeout, counted from when it was made, refreshed or used, whichever is the latest', () => {
    const idle = { expiresAt: undefined, idleSeconds: 50 }
    const ends = (given: Partial<Authorization>, at: number) => {
      expect(isActive(record({ ...idle, ...given }), at - 1)).toBe(true)
      expect(isActive(record({ ...idle, ...given }), at)).toBe(false)
    }
    ends({}, now + 50)
    ends({ rotatedAt: now + 10 }, now + 60)
    ends({ rotatedAt: now + 10, lastUsedAt: now + 20 }, now + 70)
    ends({ rotatedAt: now + 30, lastUsedAt: now + 20 }, now + 80)
    // A clock that was stepped back makes nothing older than it is.
    ends({ rotatedAt: now - 1000, lastUsedAt: now - 1000 }, now + 50)
    expect(isActive(record({ expiresAt: undefined, idleSeconds: undefined }), now + 1e9)).toBe(true)
  })

  it('unless it was revoked, even in the second of its revocation and at the beginning of time', () => {
    expect(isActive(record({ revokedAt: now }), now)).toBe(false)
    expect(isActive(record({ revokedAt: 0 }), now)).toBe(false)
    expect(isActive(record({}, { tokenRevoked: true }), now)).toBe(false)
  })

  it('while its subject exists and is enabled', () => {
    expect(isActive(record({}, { subject: undefined }), now)).toBe(false)
    expect(isActive(record({}, { subject: { ...subject, enabled: false } }), now)).toBe(false)
  })

  it('while its subject is of no later epoch: one epoch for sessions, one for personal tokens', () => {
    expect(isActive(record({ epoch: 2 }), now)).toBe(false)
    expect(isActive(record({ epoch: 4 }), now)).toBe(true)
    expect(isActive(record({ kind: 'personal', epoch: 1 }), now)).toBe(true)
    expect(isActive(record({ kind: 'personal', epoch: 0 }), now)).toBe(false)
    for (const kind of ['standing', 'fixed'] as const) expect(isActive(record({ kind, epoch: 2 }), now)).toBe(false)
  })

  it('while the registered client that it was given through exists, is enabled and of no later epoch', () => {
    const client = { enabled: true, epoch: 5, reuseLeewaySeconds: 0 }
    const through = (given: Partial<AuthorizationRecord>) => isActive(record({ clientEpoch: 5 }, given), now)
    expect(through({ client })).toBe(true)
    expect(through({ client: { ...client, epoch: 6 } })).toBe(false)
    expect(through({ client: { ...client, enabled: false } })).toBe(false)
    expect(through({ client: undefined })).toBe(false)
  })
})

describe('I4 the role that counts', () => {
  const roleOf = (ceiling: Role, role: Role) => {
    const given = record({ roleCeiling: ceiling }, { subject: { ...subject, role } })
    return isActive(given, now) ? effectiveRole(given) : undefined
  }

  it('is the lower of what was granted and what the subject is now', () => {
    expect(roleOf('manager', 'viewer')).toBe('viewer')
    expect(roleOf('manager', 'owner')).toBe('manager')
    expect(roleOf('owner', 'owner')).toBe('owner')
    expect(roleOf('viewer', 'owner')).toBe('viewer')
  })

  it('decides what may be done', () => {
    const given = record()
    if (!isActive(given, now)) return expect.fail('the record is active')
    expect([mayAct(given, 'viewer'), mayAct(given, 'manager'), mayAct(given, 'owner')]).toEqual([true, true, false])
  })
})
