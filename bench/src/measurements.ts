import type { BenchmarkOptions } from './comparison/benchmark.ts'
import { measureRevocation } from './revocation/measure.ts'
import { measureMemory } from './revocation/memory.ts'
import { renderMemory, renderRevocation } from './revocation/table.ts'
import { measureSizing } from './sizing/measure.ts'
import { renderSizing } from './sizing/table.ts'
import { measureVerification } from './verification/measure.ts'
import { renderVerification } from './verification/table.ts'

/** Measurements of other things than the ratio to the floor. Each is run alone, by `--only`. */
export const measurementNames = ['verify', 'revocation', 'revocation-memory', 'sizing'] as const

export type MeasurementName = (typeof measurementNames)[number]

export interface MeasurementOptions extends BenchmarkOptions {
  /** How many tokens are revoked (`revocation`), or revocations are held (`revocation-memory`). Default: 300 and 10^6. */
  readonly revocations: number | undefined
  /** How many events of each kind happen (`sizing`). */
  readonly rows: number
}

/** The figures, and the table that shows them. */
export interface Measured {
  readonly figures: unknown
  readonly table: string
}

export async function measure(name: MeasurementName, options: MeasurementOptions): Promise<Measured> {
  if (name === 'verify') {
    const figures = await measureVerification(options)
    return { figures, table: renderVerification(figures) }
  }
  if (name === 'revocation') {
    const figures = await measureRevocation({ ...options, revocations: options.revocations ?? 300 })
    return { figures, table: renderRevocation(figures) }
  }
  if (name === 'sizing') {
    const figures = await measureSizing(options)
    return { figures, table: renderSizing(figures) }
  }
  const figures = await measureMemory(options.revocations ?? 1_000_000)
  return { figures, table: renderMemory(figures) }
}
