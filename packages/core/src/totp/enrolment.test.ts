import { describe, expect, it } from 'vitest'
import { seal } from '../keys/sealing.ts'
import type { Factor } from '../model/principals/user.ts'
import type { Enrolment, Enrolments } from '../ports/store/factors.ts'
import { StoreError } from '../ports/store/store.ts'
import { FixedClock, SeededRandom, testMasterKey } from '../testing/index.ts'
import { TotpEnrolment, totpFailureCap } from './enrolment.ts'
import { totpCode, totpSecretBytes, totpStepSeconds } from './totp.ts'

const stranger = { address: '192.0.2.1', requestId: undefined }
const atHome = { ...stranger, known: 'a digest' }
const codeOnly = { id: 'user-1', requiredFactors: ['totp'] as readonly Factor[] }
const both = { id: 'user-1', requiredFactors: ['password', 'totp'] as readonly Factor[] }

/** The two slots of a user, in memory. */
class Slots {
  active: Enrolment | undefined
  pending: Enrolment | undefined
  /** Whether the store takes no wrong code. */
  full = false

  readonly port: Pick<Enrolments, 'find' | 'put' | 'accept' | 'countFailure'> = {
    find: async () => ({ active: this.active, pending: this.pending }),
    put: async (enrolment) => {
      this[enrolment.slot] = enrolment
      return undefined as never
    },
    accept: async ({ slot, step }) => {
      const enrolment = this[slot]
      if (!enrolment || enrolment.lastStep >= step) return 'spent'
      this[slot] = { ...enrolment, lastStep: step, confirmedAt: 1, failures: 0 }
      return 'accepted'
    },
    countFailure: async () => {
      if (this.full) throw new StoreError('unavailable', undefined)
      if (this.active) this.active = { ...this.active, failures: this.active.failures + 1 }
      if (this.pending) this.pending = { ...this.pending, failures: this.pending.failures + 1 }
    },
  }
}

function enrolled() {
  const clock = new FixedClock()
  const slots = new Slots()
  const random = new SeededRandom()
  const counters = { read: async () => [], change: async () => undefined }
  const deps = { store: { enrolments: slots.port, counters }, clock, random, masterKey: testMasterKey }
  const totp = new TotpEnrolment(deps as unknown as ConstructorParameters<typeof TotpEnrolment>[0])
  /** Puts a new secret into a slot; the codes of it. */
  const enrol = (slot: Enrolment['slot'], failures = 0) => {
    const secret = random.bytes(totpSecretBytes)
    const sealed = seal(secret, 'totp secret of user-1', testMasterKey, random)
    slots[slot] = { userId: 'user-1', slot, sealed, createdAt: 1, confirmedAt: undefined, lastStep: 0, failures }
    return (steps = 0) => totpCode(secret, Math.floor(clock.now() / totpStepSeconds) + steps)
  }
  return { slots, totp, enrol }
}

/** A code that none of the accepted steps has. */
const wrongFor = (codeAt: (steps: number) => string): string => {
  const right = [-1, 0, 1].map(codeAt)
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
}

describe('wrong codes in a row', () => {
  it('close every secret of a user, however new it is', async () => {
    const { slots, totp, enrol } = enrolled()
    const codeOf = enrol('active')
    for (let i = 0; i < totpFailureCap; i++)
      await totp.verify({ user: both, code: wrongFor(codeOf), alone: false }, stranger)
    expect(slots.active?.failures).toBe(totpFailureCap)
    const codeOfNew = enrol('pending')
    expect(await totp.verify({ user: both, code: codeOfNew(), alone: false }, stranger)).toBeUndefined()
    expect(await totp.verify({ user: both, code: codeOf(), alone: false }, stranger)).toBeUndefined()
  })

  it('N-347 close a new secret to its confirmation too', async () => {
    const { totp, enrol } = enrolled()
    enrol('active', totpFailureCap)
    const codeOfNew = enrol('pending')
    expect(await totp.confirm({ user: both, code: codeOfNew() }, stranger)).toBe(false)
  })

  it('close nothing at one less', async () => {
    const { totp, enrol } = enrolled()
    enrol('active', totpFailureCap - 1)
    const codeOfNew = enrol('pending')
    expect(await totp.verify({ user: both, code: codeOfNew(), alone: false }, stranger)).toBeDefined()
  })

  it('of unknown callers close no code that comes alone from a known address, and such ones are none of theirs', async () => {
    const { slots, totp, enrol } = enrolled()
    const codeOf = enrol('active', totpFailureCap)
    expect(await totp.verify({ user: codeOnly, code: wrongFor(codeOf), alone: true }, atHome)).toBeUndefined()
    expect(slots.active?.failures).toBe(totpFailureCap)
    expect(await totp.verify({ user: codeOnly, code: codeOf(), alone: true }, stranger)).toBeUndefined()
    expect(await totp.verify({ user: codeOnly, code: codeOf(), alone: true }, atHome)).toBeDefined()
  })

  it('are counted for a caller that shows a password beside them, known or not', async () => {
    const { slots, totp, enrol } = enrolled()
    const codeOf = enrol('active', totpFailureCap - 1)
    await totp.verify({ user: both, code: wrongFor(codeOf), alone: false }, atHome)
    expect(slots.active?.failures).toBe(totpFailureCap)
    expect(await totp.verify({ user: both, code: codeOf(), alone: false }, atHome)).toBeUndefined()
  })

  it('that the store cannot count were judged all the same', async () => {
    const { slots, totp, enrol } = enrolled()
    const codeOf = enrol('active')
    slots.full = true
    const refused = totp.verify({ user: codeOnly, code: wrongFor(codeOf), alone: true }, stranger)
    await expect(refused).rejects.toMatchObject({ name: 'AuthError', code: 'unavailable' })
  })
})

describe('the steps whose codes are accepted', () => {
  const accepted = async (user: typeof both) => {
    const outcomes: boolean[] = []
    for (const steps of [-2, -1, 0, 1, 2]) {
      const { totp, enrol } = enrolled()
      outcomes.push((await totp.verify({ user, code: enrol('active')(steps), alone: false }, stranger)) !== undefined)
    }
    return outcomes
  }

  it('are the present one and its neighbours, for a caller that shows a password too', async () => {
    expect(await accepted(both)).toEqual([false, true, true, true, false])
  })

  it('are the present one and the one before, for a caller that shows nothing else', async () => {
    expect(await accepted(codeOnly)).toEqual([false, true, true, false, false])
  })
})
