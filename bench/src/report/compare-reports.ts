// What changed from one run to another. Each run compared the server with the floor in paired rounds, so a machine that was
// busier in one of the runs moves both sides of a pair, and hardly their ratio.
import type { CaseResult } from '../comparison/compare.ts'
import type { RoundResult, SideResult } from '../comparison/side-result.ts'
import { columns } from './columns.ts'
import type { Report } from './report.ts'
import { change, type Interval, isCertain, mean } from './statistics.ts'

export interface Difference {
  readonly name: string
  readonly figure: string
  readonly before: number
  readonly after: number
  /** `undefined` where there are too few rounds. */
  readonly change: Interval | undefined
  /** Whether more is better. */
  readonly moreIsBetter: boolean
}

type Of = (round: RoundResult) => number | null

const perFloor: readonly { readonly figure: string; readonly of: Of; readonly moreIsBetter: boolean }[] = [
  { figure: 'requests/s by the floor’s', of: (round) => round.requestsPerSecond, moreIsBetter: true },
  { figure: 'CPU by the floor’s', of: (round) => round.cpuMicrosecondsPerRequest, moreIsBetter: false },
  { figure: 'p99 by the floor’s', of: (round) => round.p99Milliseconds, moreIsBetter: false },
]

/** Every figure that both runs have. */
export function differences(before: Report, after: Report): readonly Difference[] {
  const old = new Map(before.cases?.map((one) => [one.name, one]))
  const ofCases = (after.cases ?? []).flatMap((now) => {
    const then = old.get(now.name)
    return then ? caseDifferences(then, now) : []
  })
  return [...ofCases, ...weightDifferences(before, after)]
}

function caseDifferences(then: CaseResult, now: CaseResult): readonly Difference[] {
  return perFloor.flatMap(({ figure, of, moreIsBetter }) => {
    const [one, other] = [pairs(then, of), pairs(now, of)]
    if (one.length === 0 || other.length === 0) return []
    const [before, after] = [geometricMean(one), geometricMean(other)]
    return [{ name: now.name, figure, before, after, change: change(one, other), moreIsBetter }]
  })
}

/** The figure of each round, divided by that of the first floor in the same round. */
function pairs({ ours, floors }: CaseResult, of: Of): readonly number[] {
  const floor: SideResult | undefined = floors[0]
  return ours.rounds.flatMap((round, at) => {
    const [mine, theirs] = [of(round), floor?.rounds[at] ? of(floor.rounds[at]) : null]
    return mine !== null && theirs !== null && mine > 0 && theirs > 0 ? [mine / theirs] : []
  })
}

const geometricMean = (values: readonly number[]): number => Math.exp(mean(values.map(Math.log)))

function weightDifferences(before: Report, after: Report): readonly Difference[] {
  const [then, now] = [before.ours, after.ours]
  if (!then || !now) return []
  const starts = [then.coldStart.milliseconds, now.coldStart.milliseconds] as const
  const found: Difference[] = [
    {
      name: 'cold start',
      figure: 'ms',
      before: geometricMean(starts[0]),
      after: geometricMean(starts[1]),
      change: change(...starts),
      moreIsBetter: false,
    },
  ]
  for (const [figure, of] of [
    ['MiB idle', (weight: typeof now) => weight.idleBytes],
    ['MiB after load', (weight: typeof now) => weight.loadedBytes],
  ] as const) {
    const [one, other] = [of(then), of(now)]
    if (one === null || other === null) continue
    const [was, is] = [one / 1024 / 1024, other / 1024 / 1024]
    found.push({ name: 'memory', figure, before: was, after: is, change: undefined, moreIsBetter: false })
  }
  return found
}

/** The differences as text. */
export function renderDifferences(before: Report, after: Report): string {
  const all = differences(before, after)
  if (all.length === 0) return 'The two results have no operation in common.'
  const rows = all.map(({ name, figure, before: was, after: is, change: by, moreIsBetter }) => [
    name,
    figure,
    was.toPrecision(3),
    is.toPrecision(3),
    by ? percent(by.estimate) : percent(is / was),
    by ? `${percent(by.low)} … ${percent(by.high)}` : '–',
    by ? verdict(by, moreIsBetter) : 'one value each',
  ])
  return [
    `A: ${before.date}, ${place(before)}`,
    `B: ${after.date}, ${place(after)}`,
    ...warnings(before, after),
    '',
    ...columns([['operation', 'figure', 'A', 'B', 'change', '95 % interval', ''], ...rows], [0, 1, 6]),
    '',
    'The figures of each round are divided by those of the floor in the same round. Change and interval: Welch’s t test of the',
    'logarithms of these ratios. The interval is the noise within a run. Two runs of one build can differ by more.',
  ].join('\n')
}

const verdict = (interval: Interval, moreIsBetter: boolean): string =>
  isCertain(interval) ? (interval.estimate > 1 === moreIsBetter ? 'better' : 'worse') : 'not told from noise'

/** A change to more than three times the value is written as a factor. */
const percent = (factor: number): string =>
  factor > 3 ? `×${factor.toPrecision(2)}` : `${factor >= 1 ? '+' : '−'}${Math.abs((factor - 1) * 100).toFixed(1)} %`

const place = ({ machine }: Report): string =>
  `Node.js ${machine.node}, ${machine.cores} × ${machine.processor}, load average ${machine.loadAverage.toFixed(1)}`

function warnings(before: Report, after: Report): readonly string[] {
  const [one, other] = [before.machine, after.machine]
  return [
    ...(one.processor === other.processor && one.cores === other.cores ? [] : ['The machines differ.']),
    ...(one.node === other.node ? [] : ['The versions of Node.js differ.']),
  ]
}
