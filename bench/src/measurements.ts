import { measureRevocation } from './revocation/measure.ts'
import { measureMemory } from './revocation/memory.ts'
import { renderMemory, renderRevocation } from './revocation/table.ts'
import { measureVerification } from './verification/measure.ts'
import { renderVerification } from './verification/table.ts'

/** Measurements of the verifier, which are not compared with the floor. Each is run alone, by `--only`. */
export const measurementNames = ['verify', 'revocation', 'revocation-memory'] as const

export type MeasurementName = (typeof measurementNames)[number]

export interface MeasurementOptions {
  /** The measured time of each side (`verify`). */
  readonly seconds: number
  /** How many tokens are revoked (`revocation`), or revocations are held (`revocation-memory`). Default: 300 and 10^6. */
  readonly revocations: number | undefined
  readonly folder: string | undefined
  readonly progress: (line: string) => void
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
  const figures = await measureMemory(options.revocations ?? 1_000_000)
  return { figures, table: renderMemory(figures) }
}
