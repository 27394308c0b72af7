import { percentile } from '../comparison/side-result.ts'
import type { SliceResult } from '../load/script.ts'

/** The shares of the requests whose latency is kept, for the plots. */
export const shares = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1] as const

/** How long requests took. */
export interface Latency {
  readonly answers: number
  readonly failures: number
  readonly firstFailure: string | null
  readonly perSecond: number
  /** Milliseconds of each of `shares`, in order. The last is the slowest. */
  readonly milliseconds: readonly number[]
  /** The p99 of how long after it was due the load process turned to a request: its own part of the latency. */
  readonly lateP99Milliseconds: number
  /** The p99 of each round, in order. */
  readonly p99OfRounds: readonly number[]
}

export function latencyOf(slices: readonly SliceResult[]): Latency {
  const total = (of: (slice: SliceResult) => number) => slices.reduce((sum, slice) => sum + of(slice), 0)
  const sorted = sortedOf(slices.map(({ latenciesMilliseconds }) => latenciesMilliseconds))
  return {
    answers: sorted.length,
    failures: total(({ failures }) => failures),
    firstFailure: slices.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure ?? null,
    perSecond: sorted.length / total(({ seconds }) => seconds),
    milliseconds: shares.map((share) => percentile(sorted, share)),
    lateP99Milliseconds: percentile(sortedOf(slices.map(({ latenessMilliseconds }) => latenessMilliseconds)), 0.99),
    p99OfRounds: slices.map((slice) => percentile(slice.latenciesMilliseconds.slice().sort(), 0.99)),
  }
}

const sortedOf = (parts: readonly Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part])).sort()

/** The latency that this share of the requests did not exceed. @throws Error if it was not kept. */
export function millisecondsAt({ milliseconds }: Latency, share: (typeof shares)[number]): number {
  const found = milliseconds[shares.indexOf(share)]
  if (found === undefined) throw new Error(`no latency at ${share}`)
  return found
}
