import { columns, megabytes } from '../report/columns.ts'
import type { BenchmarkResult, Weight } from './benchmark.ts'
import type { CaseResult } from './compare.ts'
import type { SideResult } from './side-result.ts'

/** The result as text: the ratios first, then the figures that they come from. */
export function renderResult(result: BenchmarkResult): string {
  const { machine, pace, cases } = result
  const rows = cases.flatMap(caseRows)
  const lines = [
    `Countersign against a bare node:http floor doing the same essential work.`,
    `Node.js ${machine.node}, ${machine.cores} × ${machine.processor}; ${pace.seconds} s a side in slices of ${pace.sliceSeconds} s, taking turns.`,
    '',
    ...columns(rows, [0, 8]),
    '',
    ...columns([
      ['process', 'memory idle', 'after load', 'cold start', 'slowest'],
      ['countersign', ...weightCells(result.ours)],
      ['floor', ...weightCells(result.floor)],
    ]),
    '',
    'ratio: our requests a second by the floor’s, median of the rounds. cpu: the same by CPU time a request.',
    ...(cases.some(({ ours }) => typeof ours.databaseMicrosecondsPerRequest === 'number') ? [databaseNote] : []),
    ...warnings(cases),
  ]
  return lines.join('\n')
}

const databaseNote = 'database: CPU time a request of the sessions of the PostgreSQL server that the run has started.'

const header = ['operation', 'ratio', 'cpu', 'requests/s', 'p50 ms', 'p99 ms', 'cpu µs', 'database µs', 'what it does']

function caseRows({ name, ours, floors }: CaseResult, index: number): readonly (readonly string[])[] {
  const [first] = floors
  const own = [name, '', '', ...sideCells(ours), 'the whole operation']
  const theirs = floors.map((floor) => [
    '  floor',
    floor.ratio.toFixed(2),
    floor.cpuRatio === null ? '–' : floor.cpuRatio.toFixed(2),
    ...sideCells(floor),
    floor.does,
  ])
  if (first) own[1] = first.ratio.toFixed(2)
  if (first && first.cpuRatio !== null) own[2] = first.cpuRatio.toFixed(2)
  return [...(index === 0 ? [header] : []), own, ...theirs]
}

const sideCells = (side: SideResult): readonly string[] => [
  Math.round(side.requestsPerSecond).toString(),
  side.p50Milliseconds.toFixed(2),
  side.p99Milliseconds.toFixed(2),
  microseconds(side.cpuMicrosecondsPerRequest),
  microseconds(side.databaseMicrosecondsPerRequest),
]

const microseconds = (value: number | null | undefined): string => value?.toFixed(0) ?? '–'

const weightCells = ({ idleBytes, loadedBytes, coldStart }: Weight): readonly string[] => [
  megabytes(idleBytes),
  megabytes(loadedBytes),
  `${coldStart.medianMilliseconds.toFixed(0)} ms`,
  `${coldStart.slowestMilliseconds.toFixed(0)} ms`,
]

/** Reasons not to trust a figure. */
function warnings(cases: readonly CaseResult[]): readonly string[] {
  return cases.flatMap(({ name, ours, floors }) =>
    [ours, ...floors].flatMap((side) => [
      ...(side.failures > 0 ? [`${name}: ${side.failures} answers were wrong, the first: ${side.firstFailure}`] : []),
      ...(side.generatorBusy > 0.9
        ? [`${name}: the load process was busy, the ratio is nearer to 1 than it should be`]
        : []),
    ]),
  )
}
