import { describe, expect, it } from 'vitest'
import { seal, unseal } from '../keys/sealing.ts'
import type { User } from '../model/principals/user.ts'
import type { Enrolment } from '../ports/store/factors.ts'
import { here, testDomain } from '../testing/domain.ts'
import { testMasterKey } from '../testing/key-sets.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { createUseCases } from '../use-cases.ts'

const secret = new SeededRandom('secret').bytes(20)
const context = 'totp secret of ada'

const enrolment = (given: Partial<Enrolment>): Enrolment => ({
  userId: 'ada',
  slot: 'active',
  sealed: seal(secret, context, testMasterKey, new SeededRandom('seal')),
  createdAt: 0,
  confirmedAt: undefined,
  lastStep: 0,
  failures: 0,
  ...given,
})

/** One user with these secrets. */
function phone(active?: Enrolment, pending?: Enrolment) {
  const stored: Enrolment[] = []
  const domain = testDomain({
    users: { find: async (id) => ({ id, version: 0 }) as User },
    enrolments: {
      find: async () => ({ active, pending }),
      put: async (put) => {
        stored.push(put)
        return 'stored' as never
      },
    },
  })
  return { stored, totp: createUseCases(domain).totp }
}

describe('setting an authenticator up', () => {
  it('shows a secret again only while no code has confirmed it, and stores nothing then', async () => {
    const { stored, totp } = phone(enrolment({}))
    expect(await totp.setUp('ada', here)).toEqual(Buffer.from(secret))
    expect(await totp.state('ada')).toBe('unconfirmed')
    expect(stored).toEqual([])
  })

  it('never shows a confirmed secret: a new one is pending beside it', async () => {
    const { stored, totp } = phone(enrolment({ confirmedAt: 1 }))
    const shown = await totp.setUp('ada', here)
    expect(shown).not.toEqual(Buffer.from(secret))
    expect(await totp.state('ada')).toBe('confirmed')
    expect(stored.map(({ slot }) => slot)).toEqual(['pending'])
    expect(unseal(stored[0]?.sealed ?? Buffer.alloc(0), context, testMasterKey)).toEqual(Buffer.from(shown))
  })

  it('shows a new pending secret each time, not the one that is pending', async () => {
    const { totp } = phone(enrolment({ confirmedAt: 1 }), enrolment({ slot: 'pending' }))
    const shown = [await totp.setUp('ada', here), await totp.setUp('ada', here)]
    expect(shown[0]).not.toEqual(shown[1])
    for (const it of shown) expect(it).not.toEqual(Buffer.from(secret))
  })

  it('makes the first secret the active one, sealed for this user alone', async () => {
    const { stored, totp } = phone()
    expect(await totp.state('ada')).toBe('none')
    const shown = await totp.setUp('ada', here)
    expect(stored).toMatchObject([{ userId: 'ada', slot: 'active', confirmedAt: undefined, lastStep: 0, failures: 0 }])
    const sealed = stored[0]?.sealed ?? Buffer.alloc(0)
    expect(unseal(sealed, context, testMasterKey)).toEqual(Buffer.from(shown))
    expect(() => unseal(sealed, 'totp secret of bob', testMasterKey)).toThrow('cannot open')
  })
})
