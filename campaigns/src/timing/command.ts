import { type Campaign, Progress } from '../campaign/campaign.ts'
import { readOptions, sharedHelp, wholeNumber } from '../campaign/options.ts'
import { injectedFaults, type PathTiming, runTiming, timedPaths } from './campaign.ts'

/** The chance of a false alarm over all comparisons. */
const significance = 0.01
/** A caller has five attempts at a name in 15 minutes, too few to see a smaller difference. */
const noticeableMilliseconds = 1

const usage = `usage: pnpm campaign timing [options]

Tries known and unknown names in turns, on every login path of the contract, and compares the times of the responses
(Mann–Whitney). Exits with 1 if a path reveals which names exist: if the medians differ by a millisecond or more, and
randomness alone would give such samples less than once in a hundred runs, all paths together. Smaller differences are
printed too. Run it on a machine that does nothing else.

  --samples N     attempts at known and at unknown names, for each path (default 2000)
  --only NAMES    paths, or their first characters:
                    ${timedPaths.map(({ name }) => name).join('\n                    ')}
${sharedHelp('the order of the attempts', injectedFaults)}
`

/** The paths on which known and unknown names differ. The p-value is corrected for the number of paths (Bonferroni). */
export const toldApart = (timings: readonly PathTiming[]): readonly PathTiming[] =>
  timings.filter(
    ({ p, medianDifference }) =>
      p * timings.length < significance && Math.abs(medianDifference) >= noticeableMilliseconds,
  )

async function run(args: readonly string[]): Promise<boolean> {
  const { values, seed, fault, folder, json } = readOptions(args, { samples: '2000', only: '' }, injectedFaults)
  const only = values.only === '' ? undefined : values.only.split(',')
  const unknown = only?.find((start) => !timedPaths.some(({ name }) => name.startsWith(start)))
  if (unknown !== undefined) throw new TypeError(`there is no path ${unknown}`)
  const samples = wholeNumber('samples', values.samples)
  if (samples < 20) throw new TypeError('--samples must be 20 or more')
  const progress = new Progress(10)
  const began = performance.now()
  const show = (path: string, done: number) => progress.show(`${path}: ${done}/${samples}`)
  const timings = await runTiming({ samples, seed, only, fault, folder, progress: show })
  progress.end()
  const seconds = Math.round((performance.now() - began) / 1000)
  const apart = toldApart(timings)
  if (json) console.log(JSON.stringify({ timings, apart: apart.map(({ path }) => path), samples, seed, seconds }))
  else {
    console.log(timings.map(row).join('\n'))
    console.log(
      `${apart.length} of ${timings.length} paths reveal which names exist · ${samples} samples · seed ${seed} · ${seconds} s`,
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
  summary: 'whether the time of a response reveals which names exist, on every login path (N-014)',
  usage,
  run,
}
