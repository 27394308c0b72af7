import { describe, expect, it } from 'vitest'
import { type FaultName, injectedFaults, runTiming, timedPaths } from './campaign.ts'
import { toldApart } from './command.ts'

const only = timedPaths
  .filter(({ of, anyName }) => of === 'password' && anyName)
  .map(({ name }) => name)
  .slice(0, 2)
const campaign = (samples: number, names: readonly string[], fault?: FaultName) =>
  runTiming({ samples, warmUp: 2, seed: 14, only: names, fault, progress: () => {} })

describe('the time of an answer', () => {
  // The times are not judged here. The server's tests compare the work of each path.
  it('is measured on every login path, known and unknown names in turns', async () => {
    const timings = await campaign(6, [''])
    expect(timings.map(({ path }) => path)).toEqual(timedPaths.map(({ name }) => name))
    for (const { knownMedian, unknownMedian, p } of timings) {
      expect(Math.min(knownMedian, unknownMedian)).toBeGreaterThan(0)
      expect(p).toBeGreaterThan(0)
    }
  }, 300_000)
})

describe('the campaign', () => {
  it.each(Object.keys(injectedFaults) as FaultName[])(
    'finds a server at fault: %s',
    async (fault) => {
      const timings = await campaign(20, only, fault)
      expect(toldApart(timings)).toEqual(timings)
      expect(timings.length).toBeGreaterThan(1)
    },
    300_000,
  )
})
