import { describe, expect, it } from 'vitest'
import type { Domain } from '../domain/domain.ts'
import { localCaller } from '../model/caller.ts'
import { FixedClock, SeededRandom } from '../testing/index.ts'
import { RecoveryCodes, recoveryCodeDigest } from './recovery-codes.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random'>

describe('recovery codes', () => {
  it('have at least 112 random bits each: a digest of one cannot be searched', async () => {
    const random = new SeededRandom('codes')
    const asked: number[] = []
    const noted = {
      bytes: (count: number) => {
        asked.push(count)
        return random.bytes(count)
      },
    }
    const stored: Uint8Array[] = []
    const recoveryCodes = {
      async replace(_userId: string, digests: readonly Uint8Array[]) {
        stored.push(...digests)
      },
    }
    const deps = { store: { recoveryCodes }, clock: new FixedClock(), random: noted } as unknown as Deps
    const codes = await new RecoveryCodes(deps).renew({ userId: 'user-1' }, localCaller)
    expect(Math.min(...asked) * 8).toBeGreaterThanOrEqual(112)
    expect(new Set(codes.map((code) => code.reveal())).size).toBe(10)
    for (const [at, code] of codes.entries()) {
      const text = code.reveal()
      expect(text).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){5}$/)
      expect(recoveryCodeDigest(text.toLowerCase().replaceAll('-', ''))).toEqual(stored[at])
    }
  })
})
