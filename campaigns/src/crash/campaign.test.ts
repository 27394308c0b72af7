import { describe, expect, it } from 'vitest'
import { runCampaign } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

/** A kill hits a fault by chance; the campaign ends with the first that does. */
const mostKills = 150

const campaign = (kills: number, fault?: FaultName) => runCampaign({ kills, seed: 220, fault, progress: () => {} })

describe('kill -9 under load', () => {
  it('N-220 loses nothing that was acknowledged, over 6 kills (W1–W5)', async () => {
    const { kills, tally, losses } = await campaign(6)
    expect(losses).toEqual([])
    expect(kills).toBe(6)
    expect(tally.acknowledged).toBeGreaterThan(30)
    // Otherwise no kill happened during a request.
    expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(0)
  }, 300_000)
})

describe('a campaign', () => {
  it.each(Object.keys(injectedFaults) as FaultName[])(
    'finds a server at fault: %s',
    async (fault) => {
      const { losses } = await campaign(mostKills, fault)
      const broken = new Set(losses.map(({ invariant }) => invariant))
      expect(injectedFaults[fault].breaks.some((invariant) => broken.has(invariant))).toBe(true)
    },
    300_000,
  )
})
