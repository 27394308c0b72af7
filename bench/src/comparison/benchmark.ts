// A whole run: both sides set up in a temporary folder, cases one after the other, and what the processes weigh.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import { launch, serve } from '../../../apps/server/src/testing/process/server-run.ts'
import { launchFloor, serveFloor } from '../floor/floor.ts'
import { consumptionOf } from '../load/consumption.ts'
import { Generator } from '../load/generator.ts'
import type { CaseName } from './bench-case.ts'
import { builders, createActors } from './cases.ts'
import { type ColdStart, measureColdStart } from './cold-start.ts'
import { type CaseResult, compare, type Pace } from './compare.ts'

export interface BenchmarkOptions extends Pace {
  readonly cases: readonly CaseName[]
  readonly connections: number
  readonly coldStarts: number
  /** Where the temporary folder is made: its disk is what durable writes wait for. Default is the system's. */
  readonly folder?: string | undefined
  /** Told what is being done. */
  readonly progress: (line: string) => void
}

export interface Weight {
  readonly idleBytes: number | null
  readonly loadedBytes: number | null
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
  const endpoint = async () => ({ host: '127.0.0.1', port: await freePort() })
  const place = { data: join(folder, 'data'), endpoint: await endpoint() }
  const floorFolder = join(folder, 'floor')
  const floorEndpoint = await endpoint()
  await mkdir(floorFolder)
  options.progress('setting up')
  const actors = await createActors(place)

  const server = cleanup.use(await serve(place))
  const floor = cleanup.use(await serveFloor(floorFolder, floorEndpoint))
  const generator = cleanup.use(new Generator())

  const resident = (pid: number) => consumptionOf(pid)?.residentBytes ?? null
  const idle = { ours: resident(server.pid), floor: resident(floor.pid) }
  const cases: CaseResult[] = []
  for (const name of options.cases) {
    options.progress(name)
    const sides = { server: place.endpoint, floor: floorEndpoint, actors, connections: options.connections }
    const processes = { serverPid: server.pid, floorPid: floor.pid }
    cases.push(await compare(await builders[name](sides), generator, processes, options))
  }
  const loaded = { ours: resident(server.pid), floor: resident(floor.pid) }
  await server.end('SIGTERM')
  await floor.end('SIGTERM')

  options.progress('cold start')
  const start = await measureColdStart(() => launch(place), place.endpoint, options.coldStarts)
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
    ours: { idleBytes: idle.ours, loadedBytes: loaded.ours, coldStart: start },
    floor: { idleBytes: idle.floor, loadedBytes: loaded.floor, coldStart: floorStart },
  }
}
