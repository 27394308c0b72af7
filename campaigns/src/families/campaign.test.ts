import { describe, expect, it } from 'vitest'
import { runFamilies } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

const campaign = (seconds: number, fault?: FaultName) =>
  runFamilies({ seconds, families: 8, callers: 20, seed: 55, fault, progress: () => {} })

describe('20 callers of each family of tokens, over two servers', () => {
  it('N-055 hear answers that one order explains, whatever they ask for at once', async () => {
    const { tally, losses } = await campaign(8)
    expect(losses).toEqual([])
    expect(tally.rotations).toBeGreaterThan(20)
    expect(tally.retries).toBeGreaterThan(20)
    expect(tally.ended).toBeGreaterThan(5)
  }, 120_000)
})

describe('the campaign', () => {
  it.each(Object.keys(injectedFaults) as FaultName[])(
    'finds a server at fault: %s',
    async (fault) => {
      const { losses } = await campaign(60, fault)
      const breaks: readonly string[] = injectedFaults[fault].breaks
      expect(losses.some(({ invariant }) => breaks.includes(invariant))).toBe(true)
    },
    120_000,
  )
})
