import { describe, expect, it } from 'vitest'
import { seal } from '../keys/sealing.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import type { User } from '../model/principals/user.ts'
import { here, testDomain } from '../testing/domain.ts'
import { testMasterKey } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { totpCode, totpStepSeconds } from '../totp/totp.ts'
import { createUseCases } from '../use-cases.ts'
import type { ShownFactors } from './login.ts'

const password = 'correct horse battery'
const secret = new SeededRandom('secret').bytes(20)
const now = 1_800_000_000
const codeAt = (at: number) => totpCode(secret, Math.floor(at / totpStepSeconds))

const ada: User = {
  id: 'ada',
  username: 'Ada',
  canonicalName: 'ada',
  role: 'manager',
  requiredFactors: ['password', 'totp'],
  passwordHash: `hash of ${password}`,
  createdAt: 0,
  disabledAt: undefined,
  sessionsEpoch: 0,
  personalEpoch: 0,
  version: 0,
  nameSkeleton: 'ada',
  mustChangeSince: undefined,
  passwordStandsAlone: true,
}

/** One user with a confirmed authenticator, unless a secret is given as it is stored. */
function signIn(user: Partial<User> = {}, sealed?: Uint8Array) {
  const spent: number[] = []
  const failures: string[] = []
  const told: AuditEvent[] = []
  const person = { ...ada, ...user }
  const enrolment = {
    userId: person.id,
    slot: 'active' as const,
    sealed: sealed ?? seal(secret, `totp secret of ${person.id}`, testMasterKey, new SeededRandom('seal')),
    createdAt: 0,
    confirmedAt: 1,
    lastStep: 0,
    failures: 0,
  }
  const domain = testDomain({
    users: { findByName: async (name) => (name === person.canonicalName ? person : undefined) },
    counters: { read: async () => [], change: async (keys, decide) => decide(keys.map(() => undefined)).result },
    enrolments: {
      find: async (id) => ({ active: id === person.id ? enrolment : undefined, pending: undefined }),
      accept: async ({ step }) => {
        spent.push(step)
        return 'accepted'
      },
      countFailure: async (id) => void failures.push(id),
    },
    recoveryCodes: { spend: async () => 'unknown' },
    audit: { note: async (events) => void told.push(...events) },
  })
  const { login } = createUseCases(domain)
  const enter = (shown: Partial<ShownFactors>) => login.authenticate({ username: 'ada', ...shown }, here)
  return { spent, failures, told, enter }
}

const refused = { code: 'credentials_invalid' }

describe('a login', () => {
  it('N-463 requires every required factor: one of two is refused, and spends no code', async () => {
    const { spent, enter } = signIn()
    await expect(enter({ password })).rejects.toMatchObject(refused)
    await expect(enter({ code: codeAt(now) })).rejects.toMatchObject(refused)
    await expect(enter({ password: 'wrong', code: codeAt(now) })).rejects.toMatchObject(refused)
    expect(spent).toEqual([])
    await expect(enter({ password, code: '000000' })).rejects.toMatchObject(refused)
    expect(spent).toEqual([])
    expect(await enter({ password, code: codeAt(now) })).toMatchObject({ factors: ['password', 'totp'] })
    expect(spent).toEqual([now / totpStepSeconds])
  })

  it('reports what was refused, also of a disabled user, and nothing of a name that does not exist', async () => {
    const { told, enter } = signIn({ disabledAt: 1 })
    await expect(enter({ password, code: codeAt(now) })).rejects.toMatchObject(refused)
    await expect(enter({ username: 'hunter2', password })).rejects.toMatchObject(refused)
    expect(told.map(({ action, subject }) => [action, subject])).toEqual([
      ['login_failed', { kind: 'user', id: 'ada' }],
      ['login_failed', undefined],
    ])
    expect(JSON.stringify(told)).not.toContain('hunter2')
  })

  it('refuses any wrong factor that is shown, required or not', async () => {
    const { enter } = signIn({ requiredFactors: ['password'] })
    await expect(enter({ password, code: '000000' })).rejects.toMatchObject(refused)
    await expect(enter({ password, recoveryCode: 'AAAA' })).rejects.toMatchObject(refused)
    expect(await enter({ password })).toMatchObject({ factors: ['password'] })
    const alone = signIn({ requiredFactors: ['totp'] })
    await expect(alone.enter({ password: 'wrong', code: codeAt(now) })).rejects.toMatchObject(refused)
    expect(alone.spent).toEqual([])
  })

  it('requires some factor, even of a user who has no required factor', async () => {
    const { enter } = signIn({ requiredFactors: [] })
    await expect(enter({})).rejects.toMatchObject(refused)
    await expect(enter({ password: '' })).rejects.toMatchObject(refused)
  })

  it('spends no code of a disabled user', async () => {
    const { spent, enter } = signIn({ disabledAt: 1 })
    await expect(enter({ password, code: codeAt(now) })).rejects.toMatchObject(refused)
    expect(spent).toEqual([])
  })

  it('takes no code of a secret that was sealed for another user, and keeps the reason for the log', async () => {
    const foreign = seal(secret, 'totp secret of bob', testMasterKey, new SeededRandom('seal'))
    for (const sealed of [foreign, seal(secret, '', testMasterKey, new SeededRandom('seal'))]) {
      const { spent, enter } = signIn({}, sealed)
      const refusal = await enter({ password, code: codeAt(now) }).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ ...refused, cause: { name: 'SealError' } })
      expect(spent).toEqual([])
    }
  })
})
