import { describe, expect, it } from 'vitest'
import type { Access } from '../access/access.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import type { User } from '../model/principals/user.ts'
import { testClient } from '../testing/client.ts'
import { here, testDomain, testSession } from '../testing/domain.ts'
import { createUseCases } from '../use-cases.ts'
import { nativeSessionPolicy, throughClient } from './session-policy.ts'

const user: User = {
  id: 'ada',
  username: 'ada',
  canonicalName: 'ada',
  role: 'owner',
  requiredFactors: ['password'],
  passwordHash: 'hash',
  createdAt: 0,
  disabledAt: undefined,
  sessionsEpoch: 5,
  personalEpoch: 3,
  version: 9,
  nameSkeleton: 'ada',
  mustChangeSince: undefined,
  passwordStandsAlone: true,
}

const client = testClient({ epoch: 7 })

function testSessions(present: Partial<User> = {}) {
  const stored: { authorization: Authorization; replacing: boolean | undefined }[] = []
  const domain = testDomain({
    users: { find: async (id) => (id === user.id ? { ...user, ...present } : undefined) },
    authorizations: {
      createWithin: async (_cap, _condition, authorization, _audit, options) => {
        stored.push({ authorization, replacing: options?.replacing })
        return authorization
      },
    },
  })
  return { domain, stored, sessions: createUseCases(domain).sessions }
}

/** A session as it is presented. */
const accessOf = (authorization: Authorization, given: Partial<Access> = {}): Access => ({
  kind: 'session',
  authorization,
  subject: { name: 'ada', role: 'owner', enabled: true, sessionsEpoch: 5, personalEpoch: 3 },
  role: 'manager',
  scope: ['read'],
  audience: authorization.audience,
  api: undefined,
  clientId: authorization.clientId,
  actors: [],
  ancestors: [],
  tokenId: undefined,
  issuedAt: authorization.createdAt,
  expiresAt: authorization.expiresAt,
  ...given,
})

describe('a session', () => {
  it('N-465 through a registered client ends with the epoch that the client has now, and may do what both may', async () => {
    const { stored, sessions } = testSessions()
    await sessions.open(
      { who: { user, factors: ['password'] }, policy: throughClient(nativeSessionPolicy, client) },
      here,
    )
    expect(stored[0]?.authorization).toMatchObject({
      clientId: 'robot',
      clientEpoch: 7,
      roleCeiling: 'viewer',
      epoch: 5,
      subject: { kind: 'user', id: 'ada' },
    })
  })

  it('through no registered client has no epoch of a client, and may do what the user may', async () => {
    const { domain, stored, sessions } = testSessions()
    await sessions.open({ who: { user, factors: ['password'] }, policy: nativeSessionPolicy }, here)
    expect(stored[0]?.authorization).toMatchObject({
      clientId: 'countersign',
      clientEpoch: undefined,
      roleCeiling: 'owner',
      expiresAt: domain.clock.now() + 30 * 86_400,
    })
  })

  it('never may do more than the user, whatever the policy permits', async () => {
    const { stored, sessions } = testSessions()
    const viewer = { ...user, role: 'viewer' } as const
    await sessions.open(
      { who: { user: viewer, factors: ['password'] }, policy: { ...nativeSessionPolicy, roleCeiling: 'owner' } },
      here,
    )
    expect(stored[0]?.authorization.roleCeiling).toBe('viewer')
  })

  it('replaces earlier ones only where the policy requires it', async () => {
    const { stored, sessions } = testSessions()
    for (const replacing of [true, false]) {
      await sessions.open({ who: { user, factors: ['password'] }, policy: { ...nativeSessionPolicy, replacing } }, here)
    }
    expect(stored.map(({ replacing }) => replacing)).toEqual([true, false])
  })

  it('has a refresh token only where the policy permits it', async () => {
    const { sessions } = testSessions()
    const set = await sessions.open(
      { who: { user, factors: ['password'] }, policy: { ...nativeSessionPolicy, refreshable: false } },
      here,
    )
    expect(set.refreshToken).toBeUndefined()
    expect(set.authorization.refreshKeyNumber).toBeUndefined()
  })
})

describe('a session beside another', () => {
  it('may do no more than the one that is presented', async () => {
    const { domain, stored, sessions } = testSessions()
    const access = accessOf(testSession(domain, { epoch: 5, factors: ['password'] }))
    await sessions.openBeside({ access, policy: { ...nativeSessionPolicy, roleCeiling: 'owner' } }, here)
    await sessions.openBeside({ access, policy: nativeSessionPolicy }, here)
    for (const { authorization } of stored) {
      expect(authorization).toMatchObject({ roleCeiling: 'manager', scope: ['read'], factors: ['password'] })
    }
  })

  it('is of the older epoch of the two: what has ended the presented one ends it too', async () => {
    const { domain, stored, sessions } = testSessions({ sessionsEpoch: 6 })
    await sessions.openBeside(
      { access: accessOf(testSession(domain, { epoch: 5 })), policy: nativeSessionPolicy },
      here,
    )
    await sessions.openBeside(
      { access: accessOf(testSession(domain, { epoch: 9 })), policy: nativeSessionPolicy },
      here,
    )
    expect(stored.map(({ authorization }) => authorization.epoch)).toEqual([5, 6])
  })

  it('is opened for users alone', async () => {
    const { domain, sessions } = testSessions()
    const machine = accessOf(testSession(domain, { subject: { kind: 'client', id: 'ada' } }))
    await expect(sessions.openBeside({ access: machine, policy: nativeSessionPolicy }, here)).rejects.toMatchObject({
      code: 'token_invalid',
    })
    const gone = accessOf(testSession(domain, { subject: { kind: 'user', id: 'bob' } }))
    await expect(sessions.openBeside({ access: gone, policy: nativeSessionPolicy }, here)).rejects.toMatchObject({
      code: 'token_invalid',
    })
  })
})
