import { describe, expect, it } from 'vitest'
import type { Authorization } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { callerOf } from '../model/caller.ts'
import type { Factor, User } from '../model/principals/user.ts'
import { here, testDomain } from '../testing/domain.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { createUseCases } from '../use-cases.ts'

const clock = new FixedClock()
const now = clock.now()

const user = (requiredFactors: readonly Factor[]): User => ({
  id: '0'.repeat(22),
  username: 'alice',
  canonicalName: 'alice',
  role: 'viewer',
  requiredFactors,
  passwordHash: undefined,
  createdAt: 0,
  disabledAt: undefined,
  sessionsEpoch: 0,
  personalEpoch: 0,
  version: 7,
  nameSkeleton: 'alice',
  mustChangeSince: undefined,
  passwordStandsAlone: undefined,
})

/** A session that was opened at one time for a login of another. */
const session = (authenticatedAt: number, factors: readonly Factor[] = ['password']) =>
  newAuthorization(
    {
      kind: 'session',
      subject: { kind: 'user', id: '0'.repeat(22) },
      clientId: 'countersign',
      dialect: 'native',
      roleCeiling: 'viewer',
      scope: ['read'],
      audience: ['https://auth.example'],
      epoch: 0,
      accessForm: 'jwt',
      accessLifetimeSeconds: 600,
      factors,
      authenticatedAt,
    },
    { clock, random: new SeededRandom() },
  )

/** One user is all that is asked of the store here. */
const requireRecent = (user: User | undefined, session: Authorization, maxAgeSeconds?: number) =>
  createUseCases(testDomain({ users: { find: async () => user } }, { clock })).stepUp.requireRecent(
    { maxAgeSeconds },
    callerOf(session, here.context),
  )

describe('a recent login (RFC 9470 §4)', () => {
  it('proves the user at the version that was read, and names the session of the request', async () => {
    const asking = session(now - 300)
    const proof = await requireRecent(user(['password']), asking)
    expect(proof.user.version).toBe(7)
    expect(proof.on).toEqual({ user: { id: '0'.repeat(22), version: 7 }, asking: asking.id, latest: clock.latest() })
  })

  it.each([
    ['older than 300 seconds', session(now - 301), user(['password']), undefined],
    ['older than it may be here', session(now - 11), user(['password']), 10],
    ['of a user who must show a code now', session(now), user(['password', 'totp']), undefined],
    ['of a user who must show a code in place of the password', session(now), user(['totp']), undefined],
    ['that showed nothing', session(now, []), user(['password']), undefined],
  ])('is none that is %s', async (_what, asking, person, maxAgeSeconds) => {
    await expect(requireRecent(person, asking, maxAgeSeconds)).rejects.toMatchObject({
      code: 'login_too_old',
      maxAgeSeconds: maxAgeSeconds ?? 300,
    })
  })

  it('may have shown more than is required', async () => {
    const asking = session(now, ['password', 'totp'])
    expect((await requireRecent(user(['totp']), asking)).user.username).toBe('alice')
  })

  it('is refused where the account is gone', async () => {
    await expect(requireRecent(undefined, session(now))).rejects.toMatchObject({ code: 'token_invalid' })
  })
})
