import { describe, expect, it } from 'vitest'
import type { EngineName } from '../campaign/database.ts'
import { itFindsFaults, requireEngine } from '../campaign/test-engines.ts'
import { runFamilies } from './campaign.ts'
import { type FaultName, injectedFaults } from './invariants.ts'

const campaign = (engine: EngineName, seconds: number, fault?: FaultName) =>
  runFamilies({ seconds, families: 8, callers: 20, seed: 55, fault, engine, progress: () => {} })

describe('20 callers of each family of tokens, over two servers', () => {
  it.for([
    ['sqlite', 8],
    ['postgres', 3],
  ] as const)(
    'N-055 hear answers that one order explains, whatever they ask for at once, on %s for %i s',
    { timeout: 120_000 },
    async ([engine, seconds], context) => {
      requireEngine(engine, context)
      const { tally, losses } = await campaign(engine, seconds)
      expect(losses).toEqual([])
      expect(tally.rotations).toBeGreaterThan(10)
      expect(tally.retries).toBeGreaterThan(10)
      expect(tally.ended).toBeGreaterThan(5)
    },
  )
})

describe('the campaign', () => {
  itFindsFaults(injectedFaults, 120_000, async (fault, engine) => (await campaign(engine, 60, fault)).losses)
})
