import type { Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import type { Program } from '../../../apps/server/src/testing/process/program.ts'
import { untilReady } from '../../../apps/server/src/testing/process/readiness.ts'
import { median } from './side-result.ts'

export interface ColdStart {
  /** From spawning the process to its first `/readyz` with 200, on a folder that is set up: the median. */
  readonly medianMilliseconds: number
  readonly slowestMilliseconds: number
  readonly runs: number
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
  return { medianMilliseconds: median(times), slowestMilliseconds: Math.max(...times), runs }
}
