import type { BenchmarkResult } from '../comparison/benchmark.ts'
import type { Pace } from '../comparison/compare.ts'
import { type Machine, machine } from '../comparison/machine.ts'
import type { MeasurementFigures } from '../measurements.ts'

/** What `--json` writes: the figures of one run. */
export interface Report extends Partial<BenchmarkResult> {
  /** The layout of this file. It is raised by a change that `--compare` would misread. */
  readonly format: 1
  /** When the run began (ISO 8601). */
  readonly date: string
  readonly machine: Machine
  readonly measurements: MeasurementFigures
  /** Where figures of several runs are together: which are of which. */
  readonly runs?: readonly Run[]
}

/** What was measured together. */
export interface Run {
  /** Names of operations and measurements. */
  readonly of: readonly string[]
  readonly date: string
  readonly machine: Machine
  readonly pace: Pace | undefined
}

/** A report without figures yet, as the run begins. */
export const beginReport = ({ seconds, sliceSeconds, warmUpSeconds }: Pace): Omit<Report, 'measurements'> => ({
  format: 1,
  date: new Date().toISOString(),
  machine: machine(),
  pace: { seconds, sliceSeconds, warmUpSeconds },
})

/** Reads what `--json` wrote. @throws TypeError that names the file if it is something else. */
export function parseReport(name: string, text: string): Report {
  const report = parsed(name, text)
  if (typeof report !== 'object' || report === null || !('format' in report)) {
    throw new TypeError(`${name} is no result of pnpm bench --json`)
  }
  if (report.format !== 1) throw new TypeError(`${name} has the format ${report.format}; this version reads 1`)
  return report as Report
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TypeError(`${name} is not JSON`)
  }
}
