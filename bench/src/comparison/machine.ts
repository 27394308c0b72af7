import { availableParallelism, cpus, loadavg } from 'node:os'

/** Where figures come from. */
export interface Machine {
  readonly node: string
  readonly cores: number
  readonly processor: string
  /** Processes that wanted to run, over the last minute: beyond what the benchmark needs, others disturbed it. */
  readonly loadAverage: number
}

export const machine = (): Machine => ({
  node: process.version,
  cores: availableParallelism(),
  processor: cpus()[0]?.model ?? 'unknown',
  loadAverage: loadavg()[0] ?? 0,
})
