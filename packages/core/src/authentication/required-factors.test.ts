import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../model/policy.ts'
import type { Factor, User } from '../model/principals/user.ts'
import { RequiredFactors, requiredOf, suffices } from './required-factors.ts'

const both: readonly Factor[] = ['password', 'totp']
const policy = { ...defaultPolicy, requiredFactors: { viewer: [], manager: ['totp'], owner: both } } as const

const user = (given: Partial<User>): User => ({
  id: '0'.repeat(22),
  username: 'ada',
  canonicalName: 'ada',
  role: 'owner',
  requiredFactors: ['password'],
  passwordHash: '$argon2id$',
  createdAt: 0,
  disabledAt: undefined,
  sessionsEpoch: 0,
  personalEpoch: 0,
  version: 0,
  nameSkeleton: 'ada',
  mustChangeSince: undefined,
  passwordStandsAlone: true,
  ...given,
})

describe('what a login must show', () => {
  it.each([
    ['viewer', ['password'], ['password']],
    ['viewer', ['totp'], ['totp']],
    ['manager', ['password'], ['password', 'totp']],
    ['manager', ['totp'], ['totp']],
    ['owner', ['totp'], ['totp', 'password']],
    ['owner', ['password', 'totp'], ['password', 'totp']],
  ] as const)('of a %s who chose %j is %j', (role, requiredFactors, expected) => {
    expect(requiredOf({ role, requiredFactors }, policy)).toEqual(expected)
  })

  it('is enough where every demanded factor is among it', () => {
    expect(suffices(['password'], 'viewer', policy)).toBe(true)
    expect(suffices(['password'], 'manager', policy)).toBe(false)
    expect(suffices(['totp'], 'manager', policy)).toBe(true)
    expect(suffices(['totp'], 'owner', policy)).toBe(false)
    expect(suffices(both, 'owner', policy)).toBe(true)
  })
})

describe('the factors of the policy that a user lacks', () => {
  let reads = 0
  const lacking = (
    person: User | undefined,
    state: 'none' | 'unconfirmed' | 'confirmed',
    of = policy as typeof defaultPolicy,
  ) =>
    new RequiredFactors({
      policy: of,
      totp: {
        state: async () => {
          reads++
          return state
        },
      },
    }).lackingOf(person)

  it('include an authenticator that no code has confirmed, and a password that is not set', async () => {
    expect(await lacking(user({}), 'none')).toEqual(['totp'])
    expect(await lacking(user({}), 'unconfirmed')).toEqual(['totp'])
    expect(await lacking(user({}), 'confirmed')).toEqual([])
    expect(await lacking(user({ requiredFactors: ['totp'], passwordHash: undefined }), 'confirmed')).toEqual([
      'password',
    ])
  })

  it('include no factor that the user’s own setting requires', async () => {
    expect(await lacking(user({ requiredFactors: both }), 'none')).toEqual([])
  })

  it('I9 cost one read for known and unknown users, and none where the policy demands nothing', async () => {
    reads = 0
    for (const person of [undefined, user({}), user({ role: 'viewer' })]) await lacking(person, 'none')
    expect(reads).toBe(3)
    expect(await lacking(user({}), 'none', defaultPolicy)).toEqual([])
    expect(reads).toBe(3)
  })
})
