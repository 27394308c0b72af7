import { millisecondsAt } from '../latency/percentiles.ts'
import { columns, megabytes } from '../report/columns.ts'
import type { Size } from './measure.ts'
import { type During, stallMilliseconds } from './stalls.ts'

export function renderRows(sizes: readonly Size[]): string {
  const names = sizes[0]?.operations.map(({ name }) => name) ?? []
  const rows = sizes.map(({ rows: count, startMilliseconds, idleBytes, loadedBytes, operations }) => [
    `${count}`,
    `${startMilliseconds.toFixed(0)} ms`,
    megabytes(idleBytes),
    megabytes(loadedBytes),
    ...operations.flatMap(({ p99Ratio, rateRatio, latency }) => [
      millisecondsAt(latency, 0.99).toFixed(2),
      p99Ratio.toFixed(2),
      rateRatio.toFixed(2),
    ]),
  ])
  const during = sizes.flatMap(({ rows: count, stalls }) => [
    [`${count}`, 'nothing else', ...duringCells(stalls.quiet)],
    [`${count}`, 'rows are removed', ...duringCells(stalls.removal)],
    [`${count}`, 'the audit trail is exported', ...duringCells(stalls.auditExport)],
  ])
  return [
    'As many sessions and audit rows, and a tenth as many users. Ratios to a server with 1000 rows, in turns.',
    '',
    ...columns([
      ['rows', 'start', 'idle', 'after load', ...names.flatMap((name) => [`${name} p99 ms`, 'ratio', 'rate'])],
      ...rows,
    ]),
    '',
    'Introspections by a schedule, meanwhile:',
    '',
    ...columns(
      [['rows', 'meanwhile', 'rows of it', 'seconds', 'p99 ms', 'slowest', `> ${stallMilliseconds} ms`], ...during],
      [1],
    ),
  ].join('\n')
}

const duringCells = ({ rows, seconds, introspection, stalled }: During): readonly string[] => [
  `${rows}`,
  seconds.toFixed(1),
  millisecondsAt(introspection, 0.99).toFixed(2),
  millisecondsAt(introspection, 1).toFixed(1),
  `${stalled} of ${introspection.answers}`,
]
