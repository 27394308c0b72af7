// A whole run: sets up both sides in a temporary folder, runs the cases one after the other, and measures start and memory.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, manySessions, ServerRun } from '@countersign/server/testing/process'
import { launchFloor, serveFloor } from '../floor/floor.ts'
import { type Consumption, consumptionOf } from '../load/consumption.ts'
import { Generator } from '../load/generator.ts'
import type { CaseName } from './bench-case.ts'
import { builders, createAccounts } from './cases.ts'
import { type ColdStart, measureColdStart } from './cold-start.ts'
import { type CaseResult, compare, type Pace } from './compare.ts'

export interface BenchmarkOptions extends Pace {
  readonly cases: readonly CaseName[]
  readonly connections: number
  readonly coldStarts: number
  /** Where the temporary folder is made. Durable writes wait for its disk. Default is the system's. */
  readonly folder?: string | undefined
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
  readonly machine: { readonly node: string; readonly cores: number; readonly processor: string }
  readonly pace: Pace
  readonly cases: readonly CaseResult[]
  readonly ours: Weight
  readonly floor: Weight
}

export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'countersign-bench-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(folder, { recursive: true }))
  const floorFolder = join(folder, 'floor')
  const floorEndpoint = { host: '127.0.0.1', port: await freePort() }
  await mkdir(floorFolder)
  options.progress('setting up')
  const server = cleanup.use(await ServerRun.prepare({ folder, built: true, flags: manySessions }))
  const accounts = await createAccounts(server)
  await server.serve()
  const floor = cleanup.use(await serveFloor(floorFolder, floorEndpoint))
  const generator = cleanup.use(new Generator())

  const memory = () => ({ ours: consumptionOf(server.program.pid), floor: consumptionOf(floor.pid) })
  const idle = memory()
  const cases: CaseResult[] = []
  for (const name of options.cases) {
    options.progress(name)
    const sides = { server: server.endpoint, floor: floorEndpoint, accounts, connections: options.connections }
    const processes = { serverPid: server.program.pid, floorPid: floor.pid }
    cases.push(await compare(await builders[name](sides), generator, processes, options))
  }
  const loaded = memory()
  await server.end('SIGTERM')
  await floor.end('SIGTERM')

  options.progress('cold start')
  const start = await measureColdStart(() => server.launch(), server.endpoint, options.coldStarts)
  const floorStart = await measureColdStart(
    () => launchFloor(floorFolder, floorEndpoint),
    floorEndpoint,
    options.coldStarts,
  )
  return {
    machine: {
      node: process.version,
      cores: availableParallelism(),
      processor: cpus()[0]?.model ?? 'unknown',
    },
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
