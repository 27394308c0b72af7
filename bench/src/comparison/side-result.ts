import type { SliceResult } from '../load/script.ts'

/** Throughput, latency and cost of one side over all slices of one case. */
export interface SideResult {
  readonly answers: number
  readonly failures: number
  readonly firstFailure: string | null
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  /** CPU time of the process per request; `null` where the system does not report it. */
  readonly cpuMicrosecondsPerRequest: number | null
  /** The same of the database server, where it is one that the run has started. */
  readonly databaseMicrosecondsPerRequest?: number | null
  /** CPU use of the load process, 0–1. Near 1 the load process was the limit. */
  readonly generatorBusy: number
  readonly rounds: readonly RoundResult[]
}

/** One slice of a side. Their spread is the noise. */
export interface RoundResult {
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly cpuMicrosecondsPerRequest: number | null
}

/** One slice, and the CPU time of the process under load during it. */
export interface Measured {
  readonly slice: SliceResult
  readonly cpuSeconds: number | undefined
  readonly databaseCpuSeconds?: number | undefined
}

export function summarize(measured: readonly Measured[]): SideResult {
  const slices = measured.map(({ slice }) => slice)
  const total = (of: (slice: SliceResult) => number) => slices.reduce((sum, slice) => sum + of(slice), 0)
  const answers = total((slice) => slice.answers)
  const seconds = total((slice) => slice.seconds)
  const perRequest = (of: (one: Measured) => number | undefined): number | null => {
    const known = measured.map(of).filter((seconds) => seconds !== undefined)
    return known.length < measured.length ? null : (known.reduce((sum, own) => sum + own, 0) / answers) * 1e6
  }
  const latencies = Float32Array.from(slices.flatMap((slice) => [...slice.latenciesMilliseconds])).sort()
  return {
    answers,
    failures: total((slice) => slice.failures),
    firstFailure: slices.find((slice) => slice.firstFailure !== undefined)?.firstFailure ?? null,
    requestsPerSecond: answers / seconds,
    p50Milliseconds: percentile(latencies, 0.5),
    p99Milliseconds: percentile(latencies, 0.99),
    cpuMicrosecondsPerRequest: perRequest(({ cpuSeconds }) => cpuSeconds),
    databaseMicrosecondsPerRequest: perRequest(({ databaseCpuSeconds }) => databaseCpuSeconds),
    generatorBusy: total((slice) => slice.cpuSeconds) / seconds,
    rounds: measured.map(roundOf),
  }
}

function roundOf({ slice, cpuSeconds }: Measured): RoundResult {
  const sorted = slice.latenciesMilliseconds.slice().sort()
  return {
    requestsPerSecond: slice.answers / slice.seconds,
    p50Milliseconds: percentile(sorted, 0.5),
    p99Milliseconds: percentile(sorted, 0.99),
    cpuMicrosecondsPerRequest: cpuSeconds === undefined ? null : (cpuSeconds / slice.answers) * 1e6,
  }
}

/** The percentile of sorted values, by the nearest rank. */
export const percentile = (sorted: Float32Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN

export const median = (values: readonly number[]): number => percentile(Float32Array.from(values).sort(), 0.5)
