import { describe, expect, it } from 'vitest'
import type { EngineName } from '../campaign/database.ts'
import { itFindsFaults, requireEngine } from '../campaign/test-engines.ts'
import { runOwnership } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

const campaign = (engine: EngineName, kills: number, fault?: FaultName) =>
  runOwnership({ kills, seed: 142, fault, engine, progress: () => {} })

describe('kill -9 while the ownership is transferred', () => {
  it.for([
    ['sqlite', 6],
    ['postgres', 3],
  ] as const)(
    'N-142 leaves exactly one owner, and no acknowledged transfer is undone, on %s over %i kills',
    { timeout: 300_000 },
    async ([engine, wanted], context) => {
      requireEngine(engine, context)
      const { kills, tally, losses } = await campaign(engine, wanted)
      expect(losses).toEqual([])
      expect(kills).toBe(wanted)
      expect(tally.acknowledged).toBeGreaterThan(2)
      // Otherwise no kill happened during a transfer.
      expect(tally.foundDone + tally.foundUndone).toBeGreaterThan(0)
    },
  )
})

describe('the campaign', () => {
  itFindsFaults(injectedFaults, 300_000, async (fault, engine) => (await campaign(engine, 150, fault)).losses)
})
