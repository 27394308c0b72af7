// Latency at a part of the capacity, under arrivals that do not wait for answers.
import type { BenchCase, CaseName } from '../comparison/bench-case.ts'
import { BothSides, type SidesOptions } from '../comparison/both-sides.ts'
import { builders } from '../comparison/cases/builders.ts'
import { type Pace, warmUp } from '../comparison/compare.ts'
import { median } from '../comparison/side-result.ts'
import type { Generator } from '../load/generator.ts'
import type { Share, SliceResult } from '../load/script.ts'
import { type Latency, latencyOf } from './percentiles.ts'

/** Operations that are sent together, and how often each. */
export interface Mix {
  readonly name: string
  readonly parts: readonly { readonly operation: CaseName; readonly share: number }[]
}

export interface Load {
  /** The part of the capacity that the schedule asks for. */
  readonly ofCapacity: number
  readonly scheduledPerSecond: number
  /** One for each part of the mix, in order. */
  readonly parts: readonly Latency[]
}

export interface SideLatency {
  readonly side: 'countersign' | 'floor'
  /** Answers a second of a closed loop: the median of its slices. */
  readonly capacityPerSecond: number
  readonly loads: readonly Load[]
}

export interface MixLatency extends Mix {
  readonly sides: readonly SideLatency[]
}

export interface OpenLoopOptions extends Pace, SidesOptions {
  readonly connections: number
  readonly progress: (line: string) => void
}

const loads = [0.5, 0.8] as const
/** So many times the connections of the closed loop: enough that a request rarely waits for one. */
const moreLanes = 3
/** Each side is measured so often, in turns. */
const rounds = 5
const seed = 20_261

export async function measureOpenLoop(mixes: readonly Mix[], options: OpenLoopOptions): Promise<readonly MixLatency[]> {
  await using both = await BothSides.start(options)
  const found: MixLatency[] = []
  for (const mix of mixes) {
    options.progress(`${mix.name}, open loop`)
    const parts: { readonly share: number; readonly benchCase: BenchCase }[] = []
    for (const { operation, share } of mix.parts) {
      parts.push({ share, benchCase: await builders[operation](both.sides(options.connections * moreLanes)) })
    }
    const sides = (['countersign', 'floor'] as const).map((side) => ({
      side,
      warmUpAnswers: parts.map(({ benchCase }) => benchCase.warmUpAnswers),
      // The last floor does the most: what ours does too.
      shares: parts.map(({ benchCase: { ours, floors }, share }): Share => {
        const script = side === 'countersign' ? ours : floors.at(-1)?.script
        if (!script) throw new Error(`${mix.name} has no floor`)
        return { script, share }
      }),
    }))
    found.push({ ...mix, sides: await inTurns(sides, both.generator, options) })
  }
  return found
}

interface Side {
  readonly side: 'countersign' | 'floor'
  readonly shares: readonly Share[]
  readonly warmUpAnswers: readonly number[]
}

async function inTurns(
  sides: readonly Side[],
  generator: Generator,
  options: OpenLoopOptions,
): Promise<readonly SideLatency[]> {
  const { seconds, connections } = options
  for (const { shares, warmUpAnswers } of sides) {
    for (const [at, { script }] of shares.entries()) await warmUp(generator, script, warmUpAnswers[at] ?? 0, options)
  }
  const slice = seconds / rounds
  const capacities = sides.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [at, { shares }] of sides.entries()) {
      const terms = { workers: connections, seconds: slice, seed: seed + round }
      capacities[at]?.push(rateOf(await generator.mix(shares, terms)))
    }
  }
  const found = sides.map(({ side }, at) => ({
    side,
    capacityPerSecond: median(capacities[at] ?? []),
    loads: [] as Load[],
  }))
  for (const ofCapacity of loads) {
    const results = sides.map(({ shares }) => shares.map((): SliceResult[] => []))
    for (let round = 0; round < rounds; round++) {
      for (const [at, { shares }] of sides.entries()) {
        const perSecond = ofCapacity * (found[at]?.capacityPerSecond ?? 0)
        const slices = await generator.open(shares, { perSecond, seconds: slice, seed: seed + round })
        for (const [part, result] of slices.entries()) results[at]?.[part]?.push(result)
      }
    }
    for (const [at, side] of found.entries()) {
      const parts = (results[at] ?? []).map(latencyOf)
      side.loads.push({ ofCapacity, scheduledPerSecond: ofCapacity * side.capacityPerSecond, parts })
    }
  }
  for (const { shares } of sides) for (const { script } of shares) await generator.close(script)
  return found
}

const rateOf = (results: readonly SliceResult[]): number =>
  results.reduce((sum, { answers }) => sum + answers, 0) / Math.max(...results.map(({ seconds }) => seconds))
