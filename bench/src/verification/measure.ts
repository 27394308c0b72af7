// Each side verifies for a short time, in turns and in an order that moves on, so that a disturbance of the machine hits all
// alike. A figure is the median over the rounds.
import { setImmediate as turn } from 'node:timers/promises'
import { median } from '../comparison/side-result.ts'
import { cached, type Group, type Side, uncached } from './sides.ts'

export interface VerificationOptions {
  /** The measured time of each side. */
  readonly seconds: number
  readonly progress: (line: string) => void
}

export interface SideFigures {
  readonly name: string
  readonly does: string
  readonly perSecond: number
  readonly cpuMicroseconds: number
  /** Tokens per second divided by the baseline's. `null` where there is none. */
  readonly ratio: number | null
  /** The baseline's CPU time per token divided by this one's. A busy machine disturbs it less. */
  readonly cpuRatio: number | null
}

export interface GroupFigures {
  readonly name: string
  readonly rounds: number
  readonly sides: readonly SideFigures[]
}

const sliceSeconds = 0.05
/** Tokens between two looks at the clock. */
const batch = 32

interface Slice {
  readonly perSecond: number
  readonly cpuMicroseconds: number
}

export async function measureVerification(options: VerificationOptions): Promise<readonly GroupFigures[]> {
  const figures: GroupFigures[] = []
  for (const make of [cached, () => uncached('ES256'), () => uncached('EdDSA')]) {
    using group = await make()
    options.progress(group.name)
    figures.push(await measureGroup(group, options.seconds))
  }
  return figures
}

async function measureGroup({ name, baseline, sides }: Group, seconds: number): Promise<GroupFigures> {
  const lanes = sides.map((side) => ({ side, next: 0, slices: [] as Slice[] }))
  for (const lane of lanes) {
    const enough = seconds < 1 ? batch : lane.side.warmUp
    while (lane.next < enough) lane.next = await verifyBatch(lane.side, lane.next)
    await turn()
  }
  const rounds = Math.max(2, Math.ceil(seconds / sliceSeconds))
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < lanes.length; place++) {
      const lane = lanes[(place + round) % lanes.length]
      if (!lane) continue
      // Otherwise the heartbeats of the feed would not be read.
      await turn()
      const began = performance.now()
      const cpuBefore = process.cpuUsage()
      const from = lane.next
      const end = began + sliceSeconds * 1000
      while (performance.now() < end) lane.next = await verifyBatch(lane.side, lane.next)
      const count = lane.next - from
      const { user, system } = process.cpuUsage(cpuBefore)
      const took = (performance.now() - began) / 1000
      lane.slices.push({ perSecond: count / took, cpuMicroseconds: (user + system) / count })
    }
  }
  const base = lanes.find(({ side }) => side.name === baseline)?.slices
  return {
    name,
    rounds,
    sides: lanes.map(({ side, slices }) => ({
      name: side.name,
      does: side.does,
      perSecond: median(slices.map(({ perSecond }) => perSecond)),
      cpuMicroseconds: median(slices.map(({ cpuMicroseconds }) => cpuMicroseconds)),
      ratio: base ? median(slices.map((slice, i) => slice.perSecond / (base[i] ?? slice).perSecond)) : null,
      cpuRatio: base
        ? median(slices.map((slice, i) => (base[i] ?? slice).cpuMicroseconds / slice.cpuMicroseconds))
        : null,
    })),
  }
}

/** One after the other. @throws Error if a token is refused. */
async function verifyBatch({ name, verify }: Side, from: number): Promise<number> {
  for (let serial = from; serial < from + batch; serial++) {
    if ((await verify(serial)) === false) throw new Error(`${name} refused a good token`)
  }
  return from + batch
}
