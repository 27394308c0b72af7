import type { SliceResult } from './script.ts'

/** Collects the answers to one script during a slice. */
export class Tally {
  readonly #latencies: number[] = []
  readonly #lateness: number[] = []
  #failures = 0
  #firstFailure: string | undefined

  /** @param fault What was wrong with the answer, if anything was. */
  count(milliseconds: number, fault: string | undefined): void {
    this.#latencies.push(milliseconds)
    if (fault === undefined) return
    this.#failures++
    this.#firstFailure ??= fault
  }

  /** How long after it was due the load process turned to a request. */
  late(milliseconds: number): void {
    this.#lateness.push(milliseconds)
  }

  result(seconds: number, cpuSeconds: number): SliceResult {
    return {
      answers: this.#latencies.length,
      failures: this.#failures,
      firstFailure: this.#firstFailure,
      seconds,
      latenciesMilliseconds: Float32Array.from(this.#latencies),
      latenessMilliseconds: Float32Array.from(this.#lateness),
      cpuSeconds,
    }
  }
}
