// The figures of docs/performance.md as Markdown.
import type { MixLatency } from '../latency/open-loop.ts'
import { latencyCells } from '../latency/open-loop-table.ts'
import { millisecondsAt } from '../latency/percentiles.ts'
import { runsOf } from '../report/merge.ts'
import type { Report } from '../report/report.ts'
import { type GoalRow, otherRows, ratioRows } from './goals.ts'

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const notMeasured = 'Not measured.'

const image = (file: string, about: string): string => `![${about}](performance/${file})`

/** Each generated part of the page, by the name of its marks. */
export function parts(report: Report): ReadonlyMap<string, string> {
  const { latency = [], mixed = [] } = report.measurements
  const found = new Map([['figures', figures(report)]])
  found.set('goals', goals([...ratioRows(report), ...otherRows(report)]))
  found.set('latency', [...openLoop(latency, 'latency.svg'), '', ...openLoop(mixed, 'mixed.svg')].join('\n').trim())
  found.set('beside', beside(report))
  found.set('growth', growth(report))
  found.set('peers', peers(report))
  return new Map([...found].map(([name, content]) => [name, content === '' ? notMeasured : content]))
}

const figures = (report: Report): string =>
  table(
    ['figures of', 'day', 'machine', 'load average before', 'pace'],
    runsOf(report).map(({ of, date, machine, pace }) => [
      of.join(', '),
      date.slice(0, 16).replace('T', ' '),
      `${machine.cores} × ${machine.processor}, Node.js ${machine.node}`,
      machine.loadAverage.toFixed(1),
      pace ? `${pace.seconds} s a side in turns of ${pace.sliceSeconds} s` : '–',
    ]),
  )

const goals = (rows: readonly GoalRow[]): string => {
  if (rows.length === 0) return ''
  return [
    image('ratios.svg', 'Bars: the ratio of each operation to its floor, with the goal'),
    '',
    table(
      ['figure', 'goal', 'measured', ''],
      rows.map(({ name, goal, measured, reached }) => [name, goal, measured, reached ? 'reached' : 'not reached']),
    ),
  ].join('\n')
}

function openLoop(mixes: readonly MixLatency[], file: string): readonly string[] {
  if (mixes.length === 0) return []
  const rows = mixes.flatMap(({ name, parts: of, sides }) =>
    sides.flatMap(({ side, capacityPerSecond, loads }) =>
      loads.flatMap(({ ofCapacity, parts: latencies }) =>
        latencies.map((one, at) => [
          of.length > 1 ? `${of[at]?.operation}, ${of[at]?.share} %` : name,
          side,
          `${ofCapacity * 100} % of ${capacityPerSecond.toFixed(0)}/s`,
          ...latencyCells(one),
          one.lateP99Milliseconds.toFixed(2),
        ]),
      ),
    ),
  )
  const header = ['operation', 'side', 'load', 'p50 ms', 'p90', 'p99', 'p99.9', 'slowest', 'late p99']
  return [image(file, 'Curves: latency by the share of faster requests, at two loads'), '', table(header, rows)]
}

function beside({ measurements: { beside: found } }: Report): string {
  if (!found) return ''
  const rows = found.sides.flatMap(({ side, loads }) =>
    loads.map(({ beside: what, besidePerSecond, ratio, introspection }) => [
      side,
      what === 'alone' ? what : `${besidePerSecond.toFixed(0)} ${what} a second`,
      introspection.perSecond.toFixed(0),
      what === 'alone' ? '' : ratio.toFixed(2),
      ...latencyCells(introspection),
    ]),
  )
  return table(['side', 'beside', 'introspections/s', 'to alone', 'p50 ms', 'p90', 'p99', 'p99.9', 'slowest'], rows)
}

const megabytes = (bytes: number | null) => (bytes === null ? '–' : `${(bytes / 1024 / 1024).toFixed(0)}`)

function growth({ measurements: { growth: sizes = [] } }: Report): string {
  if (sizes.length === 0) return ''
  const names = sizes[0]?.operations.map(({ name }) => name) ?? []
  const rows = sizes.map(({ rows: count, idleBytes, loadedBytes, operations, stalls }) => [
    count.toLocaleString('en'),
    megabytes(idleBytes),
    megabytes(loadedBytes),
    ...operations.map(
      ({ latency, p99Ratio }) => `${millisecondsAt(latency, 0.99).toFixed(1)} (${p99Ratio.toFixed(2)})`,
    ),
    ...[stalls.quiet, stalls.removal, stalls.auditExport].map(
      ({ introspection, stalled }) =>
        `${millisecondsAt(introspection, 1).toFixed(0)} (${stalled} of ${introspection.answers})`,
    ),
  ])
  const stalling = ['nothing else', 'removal', 'export'].map((what) => `slowest ms, ${what} (> 20 ms)`)
  return [
    image('growth.svg', 'Curves: p99 by the number of rows'),
    '',
    table(['rows', 'MiB idle', 'MiB after load', ...names.map((name) => `${name} p99 ms (ratio)`), ...stalling], rows),
  ].join('\n')
}

function peers({ measurements: { peers: found = [] } }: Report): string {
  if (found.every(({ cases }) => cases.length === 0)) return ''
  const rows = found.flatMap(({ name, version, cases }) =>
    cases.map(({ name: operation, ours, floors: [theirs] }) => [
      operation,
      `${name} ${version}`,
      theirs?.ratio.toFixed(1) ?? '–',
      theirs?.cpuRatio?.toFixed(1) ?? '–',
      ours.requestsPerSecond.toFixed(0),
      theirs?.requestsPerSecond.toFixed(0) ?? '–',
      ours.p99Milliseconds.toFixed(1),
      theirs?.p99Milliseconds.toFixed(1) ?? '–',
    ]),
  )
  const header = [
    'operation',
    'peer',
    'times as many',
    'by CPU time',
    'ours/s',
    'theirs/s',
    'our p99 ms',
    'their p99 ms',
  ]
  return [image('peers.svg', 'Bars: our requests a second by those of the peers'), '', table(header, rows)].join('\n')
}
