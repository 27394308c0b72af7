import { describe, expect, it } from 'vitest'
import { runOwnership } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

const campaign = (kills: number, fault?: FaultName) => runOwnership({ kills, seed: 142, fault, progress: () => {} })

describe('kill -9 while the ownership is transferred', () => {
  it('N-142 leaves exactly one owner, over 6 kills, and no acknowledged transfer is undone', async () => {
    const { kills, tally, losses } = await campaign(6)
    expect(losses).toEqual([])
    expect(kills).toBe(6)
    expect(tally.acknowledged).toBeGreaterThan(10)
    // Otherwise no kill happened during a transfer.
    expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(1)
  }, 300_000)
})

describe('the campaign', () => {
  it.each(Object.keys(injectedFaults) as FaultName[])(
    'finds a server at fault: %s',
    async (fault) => {
      const { losses } = await campaign(150, fault)
      const broken = new Set<string>(losses.map(({ invariant }) => invariant))
      expect(injectedFaults[fault].breaks.some((invariant) => broken.has(invariant))).toBe(true)
    },
    300_000,
  )
})
