// What else the server does at the same time: introspection alone, while logins use all cores, and while rows are written.
import { BothSides } from '../comparison/both-sides.ts'
import { builders } from '../comparison/cases/builders.ts'
import { type Pace, warmUp } from '../comparison/compare.ts'
import { median } from '../comparison/side-result.ts'
import { Generator } from '../load/generator.ts'
import type { Script, SliceResult } from '../load/script.ts'
import { type Latency, latencyOf } from './percentiles.ts'
import { RowWriter } from './row-writer.ts'

/** What happens beside the introspections. */
export const companions = ['alone', 'logins', 'refreshes', 'rows of another process'] as const

export interface Accompanied {
  readonly beside: (typeof companions)[number]
  readonly introspection: Latency
  /** How often the other thing happened in a second. */
  readonly besidePerSecond: number
  /** Introspections a second by those of the same round alone: the median of the rounds. */
  readonly ratio: number
  readonly ratios: readonly number[]
}

export interface BesideFigures {
  readonly sides: readonly { readonly side: 'countersign' | 'floor'; readonly loads: readonly Accompanied[] }[]
}

export interface BesideOptions extends Pace {
  readonly connections: number
  readonly folder?: string | undefined
  readonly progress: (line: string) => void
}

/** Refreshes and rows in a second. */
const writesPerSecond = 200
/** Enough that a refresh does not wait for a connection. */
const refreshLanes = 16
const seed = 7

/** Does something for so many seconds. @returns How often it was done in a second. */
type Companion = (seconds: number) => Promise<number>

export async function measureBeside(options: BesideOptions): Promise<BesideFigures> {
  options.progress('setting up')
  await using both = await BothSides.start({ folder: options.folder })
  await using second = new Generator()
  await using writer = new RowWriter(both.server.database)
  const introspect = await builders['introspect-opaque'](both.sides(options.connections))
  const login = await builders.login(both.sides(options.connections))
  const refresh = await builders.refresh(both.sides(refreshLanes))
  const logins =
    (script: Script): Companion =>
    async (seconds) =>
      rate(await second.slice(script, seconds))
  const refreshes =
    (script: Script): Companion =>
    async (seconds) => {
      const [result] = await second.open([{ script, share: 1 }], { perSecond: writesPerSecond, seconds, seed })
      return result ? rate(result) : 0
    }
  const floorOf = ({ floors }: typeof login): Script => {
    const last = floors.at(-1)
    if (!last) throw new Error('there is no floor')
    return last.script
  }
  const sides = [
    {
      side: 'countersign' as const,
      script: introspect.ours,
      companions: new Map<Accompanied['beside'], Companion>([
        ['logins', logins(login.ours)],
        ['refreshes', refreshes(refresh.ours)],
        ['rows of another process', (seconds) => writer.write(writesPerSecond, seconds)],
      ]),
    },
    {
      side: 'floor' as const,
      script: floorOf(introspect),
      companions: new Map<Accompanied['beside'], Companion>([
        ['logins', logins(floorOf(login))],
        ['refreshes', refreshes(floorOf(refresh))],
      ]),
    },
  ]
  for (const { script } of sides) await warmUp(both.generator, script, introspect.warmUpAnswers, options)
  const found = sides.map((side) => ({ ...side, tallies: new Map<Accompanied['beside'], Tally>() }))
  for (let round = 0; round < Math.ceil(options.seconds / options.sliceSeconds); round++) {
    options.progress(`round ${round + 1}`)
    for (const { script, companions: others, tallies } of found) {
      for (const beside of companions) {
        const companion = beside === 'alone' ? async () => 0 : others.get(beside)
        if (!companion) continue
        const [slice, perSecond] = await Promise.all([
          both.generator.slice(script, options.sliceSeconds),
          companion(options.sliceSeconds),
        ])
        const tally = tallies.get(beside) ?? { slices: [], perSecond: [] }
        tally.slices.push(slice)
        tally.perSecond.push(perSecond)
        tallies.set(beside, tally)
      }
    }
  }
  return {
    sides: found.map(({ side, tallies }) => ({
      side,
      loads: [...tallies].map(([beside, tally]) => accompanied(beside, tally, tallies.get('alone') ?? tally)),
    })),
  }
}

interface Tally {
  readonly slices: SliceResult[]
  readonly perSecond: number[]
}

function accompanied(beside: Accompanied['beside'], { slices, perSecond }: Tally, alone: Tally): Accompanied {
  const ratios = slices.map((slice, round) => rate(slice) / rate(alone.slices[round] ?? slice))
  return { beside, introspection: latencyOf(slices), besidePerSecond: median(perSecond), ratio: median(ratios), ratios }
}

const rate = ({ answers, seconds }: SliceResult): number => answers / seconds
