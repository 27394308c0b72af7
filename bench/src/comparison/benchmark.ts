// A whole run: sets up both sides in a temporary folder, runs the cases one after the other, and measures start and memory.
import { type Consumption, consumptionOf } from '../load/consumption.ts'
import type { CaseName } from './bench-case.ts'
import { BothSides, type SidesOptions } from './both-sides.ts'
import { builders } from './cases/builders.ts'
import { type ColdStart, measureColdStart } from './cold-start.ts'
import { type CaseResult, compare, type Pace } from './compare.ts'
import { type Machine, machine } from './machine.ts'

/** Durable writes wait for the disk of `folder`. */
export interface BenchmarkOptions extends Pace, SidesOptions {
  readonly cases: readonly CaseName[]
  readonly connections: number
  readonly coldStarts: number
  /** Receives a line for each step. */
  readonly progress: (line: string) => void
}

export interface Weight {
  readonly idleBytes: number | null
  readonly loadedBytes: number | null
  /** The parts that no file backs. */
  readonly anonymous: { readonly idleBytes: number | null; readonly loadedBytes: number | null }
  readonly coldStart: ColdStart
}

export interface BenchmarkResult {
  readonly machine: Machine
  readonly pace: Pace
  readonly cases: readonly CaseResult[]
  readonly ours: Weight
  readonly floor: Weight
}

export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const on = machine()
  options.progress('setting up')
  await using both = await BothSides.start(options)
  const { server, floor, generator, processes } = both
  const memory = () => ({ ours: consumptionOf(processes.ours.pid), floor: consumptionOf(processes.floor.pid) })
  const idle = memory()
  const cases: CaseResult[] = []
  for (const name of options.cases) {
    options.progress(name)
    const benchCase = await builders[name](both.sides(options.connections))
    cases.push(await compare(benchCase, generator, processes, options))
  }
  const loaded = memory()
  await server.end('SIGTERM')
  await floor.end('SIGTERM')

  options.progress('cold start')
  const start = await measureColdStart(() => server.launch(), server.endpoint, options.coldStarts)
  const floorEndpoint = both.sides(0).floor
  const floorStart = await measureColdStart(() => both.launchFloor(), floorEndpoint, options.coldStarts)
  return {
    machine: on,
    pace: { seconds: options.seconds, sliceSeconds: options.sliceSeconds, warmUpSeconds: options.warmUpSeconds },
    cases,
    ours: weightOf(idle.ours, loaded.ours, start),
    floor: weightOf(idle.floor, loaded.floor, floorStart),
  }
}

const weightOf = (idle: Consumption | undefined, loaded: Consumption | undefined, coldStart: ColdStart): Weight => ({
  idleBytes: idle?.residentBytes ?? null,
  loadedBytes: loaded?.residentBytes ?? null,
  anonymous: { idleBytes: idle?.anonymousBytes ?? null, loadedBytes: loaded?.anonymousBytes ?? null },
  coldStart,
})
