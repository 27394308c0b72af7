import { columns } from '../report/columns.ts'
import type { MixLatency } from './open-loop.ts'
import { type Latency, millisecondsAt } from './percentiles.ts'

/** The latencies of an open loop as text. */
export function renderOpenLoop(mixes: readonly MixLatency[]): string {
  const rows = mixes.flatMap(({ name, parts, sides }) =>
    sides.flatMap(({ side, capacityPerSecond, loads }) =>
      loads.flatMap(({ ofCapacity, parts: latencies }) =>
        latencies.map((latency, at) => [
          mixes.length === 1 && parts.length > 1 ? `${parts[at]?.operation} ${parts[at]?.share} %` : name,
          side,
          Math.round(capacityPerSecond).toString(),
          `${ofCapacity * 100} %`,
          Math.round(latency.perSecond).toString(),
          ...latencyCells(latency),
          latency.lateP99Milliseconds.toFixed(2),
        ]),
      ),
    ),
  )
  return [
    'Latency under arrivals by a schedule, counted from the time at which a request was due.',
    '',
    ...columns(
      [
        [
          'operation',
          'side',
          'capacity/s',
          'load',
          'requests/s',
          'p50 ms',
          'p90 ms',
          'p99 ms',
          'p99.9 ms',
          'slowest',
          'late p99',
        ],
        ...rows,
      ],
      [0, 1],
    ),
    '',
    'late: how long after it was due the load process turned to a request. Where it is long, the machine had too few cores.',
    ...failuresOf(mixes),
  ].join('\n')
}

export const latencyCells = (latency: Latency): readonly string[] =>
  ([0.5, 0.9, 0.99, 0.999, 1] as const).map((share) => millisecondsAt(latency, share).toFixed(2))

const failuresOf = (mixes: readonly MixLatency[]): readonly string[] =>
  mixes.flatMap(({ name, sides }) =>
    sides.flatMap(({ side, loads }) =>
      loads.flatMap(({ parts }) =>
        parts
          .filter(({ failures }) => failures > 0)
          .map(
            ({ failures, firstFailure }) =>
              `${name}, ${side}: ${failures} answers were wrong, the first: ${firstFailure}`,
          ),
      ),
    ),
  )
