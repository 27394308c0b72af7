import { describe, expect, it } from 'vitest'
import { runCampaign } from './campaign.ts'
import { type PlantName, plants } from './injected-faults.ts'

const campaign = (kills: number, plant?: PlantName) => runCampaign({ kills, seed: 220, plant, progress: () => {} })

describe('kill -9 under load', () => {
  it('N-220 loses nothing that was acknowledged, over 20 kills (W1–W5)', async () => {
    const { kills, tally, losses } = await campaign(20)
    expect(losses).toEqual([])
    expect(kills).toBe(20)
    expect(tally.acknowledged).toBeGreaterThan(100)
    // Or the kills struck nothing.
    expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(0)
  }, 300_000)
})

describe('a campaign', () => {
  it.each(Object.keys(plants) as PlantName[])(
    'finds a server at fault: %s',
    async (plant) => {
      const { losses } = await campaign(30, plant)
      const broken = new Set(losses.map(({ invariant }) => invariant))
      expect(plants[plant].breaks.some((invariant) => broken.has(invariant))).toBe(true)
    },
    300_000,
  )
})
