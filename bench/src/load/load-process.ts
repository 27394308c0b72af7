// The process that sends requests. It is a process of its own, so that no event loop of a side waits for it.
import { systemClock } from './clock.ts'
import { Lane } from './lane.ts'
import { closedLoop, closedMix, type Mix, openLoop } from './loops.ts'
import type { Order, Reply, Script, Share, SliceResult } from './script.ts'
import type { Tally } from './tally.ts'

interface Running {
  readonly lanes: readonly Lane[]
  /** Answers of one lane in a second, in the last slice. */
  laneRate: number
}

/** Until a slice has shown how many are used. */
const firstLaneRate = 200
const scripts = new Map<string, Running>()

function runningOf(script: Script): Running {
  const running = scripts.get(script.name) ?? {
    lanes: Array.from({ length: script.connections }, (_, place) => new Lane(script, place)),
    laneRate: firstLaneRate,
  }
  scripts.set(script.name, running)
  return running
}

async function connected(script: Script): Promise<readonly Lane[]> {
  const { lanes } = runningOf(script)
  await Promise.all(lanes.map((lane) => lane.ready()))
  return lanes
}

async function prepare(script: Script, seconds: number): Promise<void> {
  const { laneRate } = runningOf(script)
  const lanes = await connected(script)
  await Promise.all(lanes.map((lane) => lane.supply(Math.ceil(laneRate * seconds * 2))))
}

const mixOf = (shares: readonly Share[]): Promise<readonly Mix<Lane>[]> =>
  Promise.all(shares.map(async ({ script, share }) => ({ share, lanes: await connected(script) })))

/** Runs a loop, and measures its time and the CPU time of this process. */
async function timed(loop: () => Promise<readonly Tally[]>): Promise<readonly SliceResult[]> {
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  const tallies = await loop()
  const cpu = process.cpuUsage(cpuBefore)
  const seconds = (performance.now() - began) / 1000
  return tallies.map((tally) => tally.result(seconds, (cpu.user + cpu.system) / 1e6))
}

async function obey(order: Order): Promise<readonly SliceResult[]> {
  if (order.kind === 'close') {
    for (const lane of scripts.get(order.name)?.lanes ?? []) lane.close()
    scripts.delete(order.name)
    return []
  }
  if (order.kind === 'prepare') {
    await prepare(order.script, order.seconds)
    return []
  }
  if (order.kind === 'slice') {
    const running = runningOf(order.script)
    const lanes = await connected(order.script)
    const results = await timed(() => closedLoop(lanes, order.seconds, systemClock))
    running.laneRate = (results[0]?.answers ?? 0) / order.seconds / lanes.length
    return results
  }
  const mix = await mixOf(order.shares)
  return timed(() => (order.kind === 'mix' ? closedMix(mix, order, systemClock) : openLoop(mix, order, systemClock)))
}

process.on('message', (order: Order) => {
  obey(order).then(
    (results) => answer({ id: order.id, results }),
    (error: Error) => answer({ id: order.id, error: error.message }),
  )
})
const answer = (reply: Reply): void => {
  process.send?.(reply)
}
process.on('disconnect', () => process.exit(0))
