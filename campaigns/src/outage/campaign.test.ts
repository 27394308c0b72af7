import { serverPrograms } from '@countersign/store/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { runOutages } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'
import { disturbances } from './outage-database.ts'

const programs = serverPrograms()
/** A crash hits a fault by chance; the campaign ends with the first that does. */
const mostOutages = 60

const campaign = (kills: number, fault?: FaultName) => runOutages({ kills, seed: 728, fault, progress: () => {} })

describe('two servers on one PostgreSQL database', () => {
  beforeEach((context) => {
    if ('missing' in programs) context.skip(programs.missing)
  })

  it('N-728 lose nothing that was acknowledged, whatever fails, and are ready again by themselves', async () => {
    const { kills, tally, losses } = await campaign(disturbances.length)
    expect(losses).toEqual([])
    expect(kills).toBe(disturbances.length)
    expect(tally.acknowledged).toBeGreaterThan(30)
    // Otherwise no outage happened during a request.
    expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(0)
  }, 300_000)

  it.each(Object.keys(injectedFaults) as FaultName[])(
    'are found at fault: %s',
    async (fault) => {
      const { losses } = await campaign(mostOutages, fault)
      const broken = new Set<string>(losses.map(({ invariant }) => invariant))
      expect(
        injectedFaults[fault].breaks.some((invariant) => broken.has(invariant)),
        JSON.stringify(losses),
      ).toBe(true)
    },
    300_000,
  )
})
