import { describe, expect, it } from 'vitest'
import { runFeed } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

const run = { seed: 12, progress: () => {} }

describe('three verifiers behind a faulty proxy', () => {
  it('accept no token later than the bound, and refuse none that did not end', async () => {
    const { tally, losses } = await runFeed({ ...run, seconds: 6 })
    expect(losses).toEqual([])
    expect(tally.ends).toBeGreaterThan(0)
    expect(Math.min(tally.accepted, tally.refused)).toBeGreaterThan(0)
  }, 120_000)
})

describe('the campaign', () => {
  it.each(Object.keys(injectedFaults) as FaultName[])(
    'finds a fault: %s',
    async (fault) => {
      const { losses } = await runFeed({ ...run, seconds: 6, fault })
      const breaks: readonly string[] = injectedFaults[fault].breaks
      expect(losses.filter(({ invariant }) => breaks.includes(invariant))).not.toEqual([])
    },
    120_000,
  )
})
