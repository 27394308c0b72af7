// Measures the sides in turns: a slice of the server, a slice of each floor, and again. So a disturbance of the machine hits all
// sides alike, and the ratio of neighbouring slices is more exact than either figure.

import { consumptionOf } from '../load/consumption.ts'
import type { Generator } from '../load/generator.ts'
import type { Script } from '../load/script.ts'
import type { BenchCase } from './bench-case.ts'
import { type Measured, median, type SideResult, summarize } from './side-result.ts'

export interface FloorResult extends SideResult {
  readonly does: string
  /** The server's requests per second divided by the floor's: the median over the rounds. */
  readonly ratio: number
  /** The ratio of each round, in order. Their spread is the noise. */
  readonly ratios: readonly number[]
  /** The floor's CPU time per request divided by the server's: the ratio of the throughputs if only CPU time counted. */
  readonly cpuRatio: number | null
}

export interface CaseResult {
  readonly name: string
  readonly connections: number
  readonly ours: SideResult
  readonly floors: readonly FloorResult[]
}

export interface Pace {
  /** The measured time of each side of a case. */
  readonly seconds: number
  readonly sliceSeconds: number
  /** The longest time that a side runs before it is measured. */
  readonly warmUpSeconds: number
}

/** What works for a side. */
export interface SideProcesses {
  readonly pid: number
  /** CPU time of a database server that works for this side alone. */
  readonly databaseCpuSeconds: (() => Promise<number | undefined>) | undefined
}

export interface Processes {
  readonly ours: SideProcesses
  readonly floor: SideProcesses
}

export async function compare(
  benchCase: BenchCase,
  generator: Generator,
  processes: Processes,
  pace: Pace,
): Promise<CaseResult> {
  const { ours, floors } = benchCase
  const scripts = [ours, ...floors.map(({ script }) => script)]
  const sides = scripts.map((script) => ({
    script,
    works: script === ours ? processes.ours : processes.floor,
    measured: [] as Measured[],
  }))
  for (const { script } of sides) await warmUp(generator, script, benchCase.warmUpAnswers, pace)
  for (let round = 0; round < Math.ceil(pace.seconds / pace.sliceSeconds); round++) {
    for (const { script, works, measured } of sides)
      measured.push(await measure(generator, script, works, pace.sliceSeconds))
  }
  for (const script of scripts) await generator.close(script)
  const [mine, ...theirs] = sides.map(({ measured }) => measured)
  if (!mine) throw new Error('nothing was measured')
  const own = summarize(mine)
  return {
    name: benchCase.name,
    connections: ours.connections,
    ours: own,
    floors: floors.map(({ does }, i) => {
      const measured = theirs[i] ?? []
      const result = summarize(measured)
      const ratios = mine.map(({ slice }, round) => rate(slice) / rate(measured[round]?.slice ?? slice))
      return { does, ratio: median(ratios), ratios, cpuRatio: cpuRatio(result, own), ...result }
    }),
  }
}

/** A server runs for months, so the compiler is not measured. The warm-up counts answers, so that a slow machine is warm too. */
export async function warmUp(generator: Generator, script: Script, enoughAnswers: number, pace: Pace): Promise<void> {
  let answers = 0
  for (let seconds = 0; seconds < pace.warmUpSeconds && answers < enoughAnswers; seconds += pace.sliceSeconds) {
    await generator.prepare(script, pace.sliceSeconds)
    answers += (await generator.slice(script, pace.sliceSeconds)).answers
  }
}

export async function measure(
  generator: Generator,
  script: Script,
  { pid, databaseCpuSeconds }: SideProcesses,
  seconds: number,
): Promise<Measured> {
  await generator.prepare(script, seconds)
  const [before, databaseBefore] = [consumptionOf(pid), await databaseCpuSeconds?.()]
  const slice = await generator.slice(script, seconds)
  const [after, databaseAfter] = [consumptionOf(pid), await databaseCpuSeconds?.()]
  return {
    slice,
    cpuSeconds: before && after && after.cpuSeconds - before.cpuSeconds,
    databaseCpuSeconds:
      databaseBefore === undefined || databaseAfter === undefined ? undefined : databaseAfter - databaseBefore,
  }
}

const rate = (slice: { readonly answers: number; readonly seconds: number }): number => slice.answers / slice.seconds

const cpuRatio = (floor: SideResult, ours: SideResult): number | null =>
  floor.cpuMicrosecondsPerRequest === null || ours.cpuMicrosecondsPerRequest === null
    ? null
    : floor.cpuMicrosecondsPerRequest / ours.cpuMicrosecondsPerRequest
