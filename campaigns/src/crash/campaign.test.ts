import { describe, expect, it } from 'vitest'
import type { EngineName } from '../campaign/database.ts'
import { itFindsFaults, requireEngine } from '../campaign/test-engines.ts'
import { runCampaign } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

/** A kill hits a fault by chance; the campaign ends with the first that does. */
const mostKills = 150

const campaign = (engine: EngineName, kills: number, fault?: FaultName) =>
  runCampaign({ kills, seed: 220, fault, engine, progress: () => {} })

describe('kill -9 under load', () => {
  it.for([
    ['sqlite', 6],
    ['postgres', 3],
  ] as const)(
    'N-220 loses nothing that was acknowledged (W1–W5), on %s over %i kills',
    { timeout: 300_000 },
    async ([engine, wanted], context) => {
      requireEngine(engine, context)
      const { kills, tally, losses } = await campaign(engine, wanted)
      expect(losses).toEqual([])
      expect(kills).toBe(wanted)
      expect(tally.acknowledged).toBeGreaterThan(20)
      // Otherwise no kill happened during a request.
      expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(0)
    },
  )
})

describe('a campaign', () => {
  itFindsFaults(injectedFaults, 300_000, async (fault, engine) => (await campaign(engine, mostKills, fault)).losses)
})
