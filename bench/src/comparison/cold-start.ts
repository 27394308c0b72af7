import { type Endpoint, type Program, untilReady } from '@countersign/server/testing/process'
import { median } from './side-result.ts'

export interface ColdStart {
  /** The median time from spawning the process to the first 200 of `/readyz`, on a folder that is set up. */
  readonly medianMilliseconds: number
  readonly slowestMilliseconds: number
  readonly runs: number
  /** The time of each run, in order. */
  readonly milliseconds: readonly number[]
}

export async function measureColdStart(launch: () => Program, endpoint: Endpoint, runs: number): Promise<ColdStart> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const began = performance.now()
    const program = launch()
    await untilReady(program, endpoint)
    times.push(performance.now() - began)
    await program.end('SIGTERM')
  }
  return { medianMilliseconds: median(times), slowestMilliseconds: Math.max(...times), runs, milliseconds: times }
}
