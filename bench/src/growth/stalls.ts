// Whether work on many rows lets a request wait: requests are due by a schedule, far below the capacity, meanwhile.
import { join } from 'node:path'
import { builders } from '../comparison/cases/builders.ts'
import { type Latency, latencyOf } from '../latency/percentiles.ts'
import type { Generator } from '../load/generator.ts'
import type { SliceResult } from '../load/script.ts'
import { removableSessions } from './fill.ts'
import type { GrownServer } from './grown-server.ts'

/** A request that took longer was stalled, in milliseconds. */
export const stallMilliseconds = 20

export interface During {
  readonly introspection: Latency
  /** Requests that took longer than `stallMilliseconds`. */
  readonly stalled: number
  readonly seconds: number
  /** Rows that were removed or exported. */
  readonly rows: number
}

export interface Stalls {
  /** The same requests, while nothing else happens. */
  readonly quiet: During
  readonly removal: During
  readonly auditExport: During
}

/** A light load, so that what remains is what the server did to it. */
const perSecond = 300
/** Requests go on in slices of this length until the work is done. */
const sliceSeconds = 0.5
const longestSeconds = 300

/** @param quietSeconds How long nothing else happens. */
export async function measureStalls(grown: GrownServer, generator: Generator, quietSeconds: number): Promise<Stalls> {
  const now = Math.floor(Date.now() / 1000)
  const { run } = grown
  const removable = removableSessions(run.database, now)
  const { ours } = await builders['introspect-opaque'](grown.sides)
  const script = { ...ours, name: `stalls ${run.port}` }
  const during = async (isDone: () => boolean): Promise<Omit<During, 'rows'>> => {
    const slices: SliceResult[] = []
    const began = performance.now()
    do {
      const terms = { perSecond, seconds: sliceSeconds, seed: slices.length }
      slices.push(...(await generator.open([{ script, share: 1 }], terms)))
    } while (!isDone() && slices.length < longestSeconds / sliceSeconds)
    const latencies = slices.flatMap(({ latenciesMilliseconds }) => [...latenciesMilliseconds])
    return {
      introspection: latencyOf(slices),
      stalled: latencies.filter((milliseconds) => milliseconds > stallMilliseconds).length,
      seconds: (performance.now() - began) / 1000,
    }
  }
  const ended = performance.now() + quietSeconds * 1000
  const quiet = { ...(await during(() => performance.now() > ended)), rows: 0 }

  let exporting = true
  const file = join(run.folder, 'audit.jsonl')
  const command = run.json<{ entries?: number }>(['audit', 'export', file]).finally(() => {
    exporting = false
  })
  const [exported, answers] = await Promise.all([command, during(() => !exporting)])
  const auditExport = { ...answers, rows: Number(exported.entries) }
  await generator.close(script)

  await grown.removeSoon()
  const removal = await during(() => removableSessions(run.database, now) === 0)
  const left = removableSessions(run.database, now)
  await generator.close(script)
  return { quiet, auditExport, removal: { ...removal, rows: removable - left } }
}
