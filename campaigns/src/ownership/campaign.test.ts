import { describe, expect, it } from 'vitest'
import { runOwnership } from './campaign.ts'
import { type PlantName, plants } from './invariants.ts'

const campaign = (kills: number, plant?: PlantName) => runOwnership({ kills, seed: 142, plant, progress: () => {} })

describe('kill -9 while the ownership changes hands', () => {
  it('N-142 leaves exactly one owner, over 15 kills, and no acknowledged transfer is undone', async () => {
    const { kills, tally, losses } = await campaign(15)
    expect(losses).toEqual([])
    expect(kills).toBe(15)
    expect(tally.acknowledged).toBeGreaterThan(30)
    // Or the kills struck nothing.
    expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(5)
  }, 300_000)
})

describe('the campaign', () => {
  it.each(Object.keys(plants) as PlantName[])(
    'finds a server at fault: %s',
    async (plant) => {
      const { losses } = await campaign(30, plant)
      const broken = new Set<string>(losses.map(({ invariant }) => invariant))
      expect(plants[plant].breaks.some((invariant) => broken.has(invariant))).toBe(true)
    },
    300_000,
  )
})
