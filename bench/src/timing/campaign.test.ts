import { describe, expect, it } from 'vitest'
import { type PlantName, plants, runTiming, timedPaths } from './campaign.ts'
import { toldApart } from './command.ts'

const only = timedPaths
  .filter(({ of, anyName }) => of === 'password' && anyName)
  .map(({ name }) => name)
  .slice(0, 2)
const campaign = (samples: number, names: readonly string[], plant?: PlantName) =>
  runTiming({ samples, warmUp: 2, seed: 14, only: names, plant, progress: () => {} })

describe('the time of an answer', () => {
  // How long it took is not judged here: the work that it takes is, path by path, by the server's own tests.
  it('N-014 is measured on every login path, known and unknown names in turns', async () => {
    const timings = await campaign(20, [''])
    expect(timings.map(({ path }) => path)).toEqual(timedPaths.map(({ name }) => name))
    for (const { knownMedian, unknownMedian, p } of timings) {
      expect(Math.min(knownMedian, unknownMedian)).toBeGreaterThan(0)
      expect(p).toBeGreaterThan(0)
    }
  }, 300_000)
})

describe('the campaign', () => {
  it.each(Object.keys(plants) as PlantName[])(
    'finds a server at fault: %s',
    async (plant) => {
      const timings = await campaign(20, only, plant)
      expect(toldApart(timings)).toEqual(timings)
      expect(timings.length).toBeGreaterThan(1)
    },
    300_000,
  )
})
