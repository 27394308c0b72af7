import { columns } from '../report/columns.ts'
import type { BesideFigures } from './beside.ts'
import { latencyCells } from './open-loop-table.ts'

export function renderBeside({ sides }: BesideFigures): string {
  const rows = sides.flatMap(({ side, loads }) =>
    loads.map(({ beside, introspection, besidePerSecond, ratio }) => [
      side,
      beside,
      beside === 'alone' ? '' : besidePerSecond.toFixed(0),
      introspection.perSecond.toFixed(0),
      beside === 'alone' ? '' : ratio.toFixed(2),
      ...latencyCells(introspection),
    ]),
  )
  const header = [
    'side',
    'beside',
    'of it/s',
    'introspections/s',
    'to alone',
    'p50 ms',
    'p90 ms',
    'p99 ms',
    'p99.9 ms',
    'slowest',
  ]
  const wrong = sides.flatMap(({ side, loads }) =>
    loads.flatMap(({ introspection: { failures, firstFailure } }) =>
      failures > 0 ? [`${side}: ${failures} answers were wrong, the first: ${firstFailure}`] : [],
    ),
  )
  return [
    'Introspection in a closed loop, alone and beside other work. Rows of another process are commits to the same database.',
    '',
    ...columns([header, ...rows], [0, 1]),
    ...wrong,
  ].join('\n')
}
