// What a database with many rows costs. A server with few rows runs beside each larger one, and both take turns.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@countersign/server/testing/process'
import type { CaseName } from '../comparison/bench-case.ts'
import { builders } from '../comparison/cases/builders.ts'
import { type Pace, warmUp } from '../comparison/compare.ts'
import { median } from '../comparison/side-result.ts'
import { serveFloor } from '../floor/floor.ts'
import { type Latency, latencyOf } from '../latency/percentiles.ts'
import { consumptionOf } from '../load/consumption.ts'
import { Generator } from '../load/generator.ts'
import type { SliceResult } from '../load/script.ts'
import { type GrownServer, growServer } from './grown-server.ts'
import { measureStalls, type Stalls } from './stalls.ts'

export interface OperationAtSize {
  readonly name: CaseName
  readonly latency: Latency
  /** The p99 by that of the fewest rows, in the same round: the median of the rounds. */
  readonly p99Ratio: number
  readonly p99Ratios: readonly number[]
  /** Requests a second, likewise. */
  readonly rateRatio: number
}

export interface Size {
  /** Sessions, and as many audit rows. */
  readonly rows: number
  readonly startMilliseconds: number
  readonly idleBytes: number | null
  readonly loadedBytes: number | null
  readonly operations: readonly OperationAtSize[]
  readonly stalls: Stalls
}

export interface GrowthOptions extends Pace {
  readonly upTo: number
  readonly connections: number
  readonly folder?: string | undefined
  readonly progress: (line: string) => void
}

const fewest = 1000
const longestQuietSeconds = 5
const operations = ['introspect-opaque', 'me', 'refresh'] as const

export async function measureRows(options: GrowthOptions): Promise<readonly Size[]> {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'countersign-growth-'))
  cleanup.defer(() => rm(folder, { recursive: true }))
  const floor = { host: '127.0.0.1', port: await freePort() }
  cleanup.use(await serveFloor(folder, floor))
  const generator = cleanup.use(new Generator())
  const terms = { folder, floor, connections: options.connections }
  options.progress(`${fewest} rows`)
  const small = cleanup.use(await growServer(fewest, terms))
  const found: Size[] = []
  for (let rows = fewest; rows <= options.upTo; rows *= 10) {
    options.progress(`${rows} rows`)
    await using grown = await growServer(rows, terms)
    const atSize: OperationAtSize[] = []
    for (const name of operations) {
      options.progress(`${rows} rows: ${name}`)
      atSize.push(await compareSizes(name, small, grown, generator, options))
    }
    const loadedBytes = consumptionOf(grown.run.program.pid)?.residentBytes ?? null
    options.progress(`${rows} rows: removing what has ended, and exporting`)
    const stalls = await measureStalls(grown, generator, Math.min(options.seconds, longestQuietSeconds))
    const { startMilliseconds, idleBytes } = grown
    found.push({ rows, startMilliseconds, idleBytes, loadedBytes, operations: atSize, stalls })
  }
  return found
}

async function compareSizes(
  name: (typeof operations)[number],
  small: GrownServer,
  grown: GrownServer,
  generator: Generator,
  pace: Pace,
): Promise<OperationAtSize> {
  const cases = [await builders[name](small.sides), await builders[name](grown.sides)] as const
  const scripts = [
    { ...cases[0].ours, name: `${name} few` },
    { ...cases[1].ours, name: `${name} many` },
  ] as const
  for (const script of scripts) await warmUp(generator, script, cases[0].warmUpAnswers, pace)
  const few: SliceResult[] = []
  const many: SliceResult[] = []
  for (let round = 0; round < Math.ceil(pace.seconds / pace.sliceSeconds); round++) {
    few.push(await generator.slice(scripts[0], pace.sliceSeconds))
    many.push(await generator.slice(scripts[1], pace.sliceSeconds))
  }
  for (const script of scripts) await generator.close(script)
  const [base, latency] = [latencyOf(few), latencyOf(many)]
  const p99Ratios = latency.p99OfRounds.map((p99, round) => p99 / (base.p99OfRounds[round] ?? p99))
  const rates = many.map((slice, round) => rate(slice) / rate(few[round] ?? slice))
  return { name, latency, p99Ratio: median(p99Ratios), p99Ratios, rateRatio: median(rates) }
}

const rate = ({ answers, seconds }: SliceResult): number => answers / seconds
