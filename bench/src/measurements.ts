import type { BenchmarkOptions } from './comparison/benchmark.ts'
import { measureRows } from './growth/measure.ts'
import { renderRows } from './growth/table.ts'
import { measureBeside } from './latency/beside.ts'
import { renderBeside } from './latency/beside-table.ts'
import { mixed, operationsAlone } from './latency/mixes.ts'
import { measureOpenLoop } from './latency/open-loop.ts'
import { renderOpenLoop } from './latency/open-loop-table.ts'
import { measurePeers } from './peers/measure.ts'
import { renderPeers } from './peers/table.ts'
import { measureRevocation } from './revocation/measure.ts'
import { measureMemory } from './revocation/memory.ts'
import { renderMemory, renderRevocation } from './revocation/table.ts'
import { measureScaling } from './scaling/measure.ts'
import { renderScaling } from './scaling/table.ts'
import { measureSizing } from './sizing/measure.ts'
import { renderSizing } from './sizing/table.ts'
import { measureVerification } from './verification/measure.ts'
import { renderVerification } from './verification/table.ts'

export interface MeasurementOptions extends Omit<BenchmarkOptions, 'cases'> {
  /** How many tokens are revoked (`revocation`), or revocations are held (`revocation-memory`). Default: 300 and 10^6. */
  readonly revocations: number | undefined
  /** How many events of each kind happen (`sizing`). */
  readonly rows: number
  /** The largest number of rows (`growth`). */
  readonly upTo: number
}

/** The figures, and the table that shows them. */
export interface Measured<Figures = unknown> {
  readonly figures: Figures
  readonly table: string
}

interface Measurement<Figures> {
  /** A line of the help text. */
  readonly about: string
  readonly inAll: boolean
  /** Whether it can be measured on PostgreSQL, too. */
  readonly onAnyDatabase: boolean
  readonly run: (options: MeasurementOptions) => Promise<Measured<Figures>>
}

const measurement = <Figures>(
  about: string,
  measure: (options: MeasurementOptions) => Promise<Figures>,
  render: (figures: Figures) => string,
  { inAll = true, onAnyDatabase = false }: Partial<Pick<Measurement<Figures>, 'inAll' | 'onAnyDatabase'>> = {},
): Measurement<Figures> => ({
  about,
  inAll,
  onAnyDatabase,
  run: async (options) => {
    const figures = await measure(options)
    return { figures, table: render(figures) }
  },
})

/** Measurements of other things than the ratio to the floor, by the word of `--only`. */
export const measurements = {
  latency: measurement(
    'latency at 50 % and 80 % of capacity, by a schedule (open loop)',
    (options) => measureOpenLoop(operationsAlone, options),
    renderOpenLoop,
    { onAnyDatabase: true },
  ),
  mixed: measurement(
    'the same, of introspect, issue, refresh and login together',
    (options) => measureOpenLoop(mixed, options),
    renderOpenLoop,
    { onAnyDatabase: true },
  ),
  beside: measurement('introspection alone, beside logins, and while rows are written', measureBeside, renderBeside),
  growth: measurement(
    '10^3 rows and more: latency, memory, and whether removal and export stall',
    measureRows,
    renderRows,
  ),
  peers: measurement('beside oidc-provider and better-auth, which npm installs into .cache', measurePeers, renderPeers),
  verify: measurement('the published verifier beside others', measureVerification, renderVerification),
  revocation: measurement(
    'from a revocation to the refusal by verifiers',
    (options) => measureRevocation({ ...options, revocations: options.revocations ?? 300 }),
    renderRevocation,
  ),
  'revocation-memory': measurement(
    'the memory of a verifier that holds many revocations',
    ({ revocations }) => measureMemory(revocations ?? 1_000_000),
    renderMemory,
  ),
  scaling: measurement(
    'one instance and two on one PostgreSQL database: throughput, and CPU time by request',
    measureScaling,
    renderScaling,
    { inAll: false, onAnyDatabase: true },
  ),
  sizing: measurement('the figures of docs/sizing.md', measureSizing, renderSizing, { inAll: false }),
} as const

export type MeasurementName = keyof typeof measurements

/** The figures of the measurements that were run. */
export type MeasurementFigures = {
  readonly [Name in MeasurementName]?: Awaited<ReturnType<(typeof measurements)[Name]['run']>>['figures']
}

export const isMeasurement = (word: string): word is MeasurementName => Object.hasOwn(measurements, word)
