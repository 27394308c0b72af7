import { parseArgs } from 'node:util'
import { type Campaign, freshSeed, Progress, wholeNumber } from '../campaign/campaign.ts'
import { plantLines, plantNamed } from '../injected-faults/injected-fault.ts'
import { type PathTiming, plants, runTiming, timedPaths } from './campaign.ts'

/** One comparison in a hundred seems to differ by chance alone; of many comparisons, so much the more. */
const significance = 0.01
/** Nobody has more than five guesses at a name within a quarter of an hour: what is smaller than this drowns in them. */
const noticeableMilliseconds = 1

const usage = `usage: pnpm campaign timing [options]

Guesses at known and at unknown names in turns, on every login path of the contract, and compares the times of the
answers (Mann–Whitney). Exits 1 if names can be told apart on any path: if the medians are a millisecond apart or more, and
chance alone would set samples that far apart less than once in a hundred times, all paths together. Smaller differences
are printed, too; but nobody has more than five guesses at a name. Run it on a machine that does nothing else.

  --samples N     guesses at each side, for each path (default 2000)
  --seed N        repeats the order of the guesses (default: the time)
  --only NAMES    paths, or their beginnings:
                    ${timedPaths.map(({ name }) => name).join('\n                    ')}
  --plant NAME    puts a fault into the server, to see that it is found:
${plantLines(plants)}
  --folder PATH   where the data is kept meanwhile (default: the system's temporary folder)
  --json          the result as JSON, for programs
  --help
`

/** The paths on which names can be told apart: the limit is shared out among all that were looked at (Bonferroni). */
export const toldApart = (timings: readonly PathTiming[]): readonly PathTiming[] =>
  timings.filter(
    ({ p, medianDifference }) =>
      p * timings.length < significance && Math.abs(medianDifference) >= noticeableMilliseconds,
  )

async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '2000' },
      seed: { type: 'string', default: freshSeed() },
      only: { type: 'string' },
      plant: { type: 'string' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const { folder, json } = values
  const plant = plantNamed(plants, values.plant)
  const only = values.only?.split(',')
  const stray = only?.find((start) => !timedPaths.some(({ name }) => name.startsWith(start)))
  if (stray !== undefined) throw new TypeError(`there is no path ${stray}`)
  const samples = wholeNumber('samples', values.samples)
  if (samples < 20) throw new TypeError('--samples must be 20 or more')
  const seed = wholeNumber('seed', values.seed)
  const progress = new Progress(10)
  const began = performance.now()
  const show = (path: string, done: number) => progress.show(`${path}: ${done}/${samples}`)
  const timings = await runTiming({ samples, seed, only, plant, folder, progress: show })
  progress.end()
  const seconds = Math.round((performance.now() - began) / 1000)
  const apart = toldApart(timings)
  if (json) console.log(JSON.stringify({ timings, apart: apart.map(({ path }) => path), samples, seed, seconds }))
  else {
    console.log(timings.map(row).join('\n'))
    console.log(
      `${apart.length} of ${timings.length} paths tell who exists · ${samples} samples · seed ${seed} · ${seconds} s`,
    )
  }
  return apart.length === 0
}

const milliseconds = (value: number): string => `${value.toFixed(3).padStart(8)} ms`

const row = ({ path, knownMedian, unknownMedian, medianDifference, p }: PathTiming): string =>
  `${path.padEnd(34)} known ${milliseconds(knownMedian)} · unknown ${milliseconds(unknownMedian)} · ` +
  `difference ${milliseconds(medianDifference)} · p ${p < 0.0001 ? p.toExponential(1) : p.toFixed(4)}`

export const timing: Campaign = {
  name: 'timing',
  summary: 'whether the time of an answer tells who exists, on every login path (N-014)',
  usage,
  run,
}
