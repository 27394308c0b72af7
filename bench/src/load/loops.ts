// The loops that send requests: closed, a closed mix, and open.
import type { Clock } from './clock.ts'
import { LanePool } from './lane-pool.ts'
import { arrivals, chooser, seeded } from './schedule.ts'
import { Tally } from './tally.ts'

/** What sends one request after the other: a connection. */
export interface Sender {
  readonly supplied: boolean
  ready(): Promise<void>
  step(): Promise<string | undefined>
}

export interface Mix<S extends Sender> {
  readonly lanes: readonly S[]
  readonly share: number
}

/** Sends a request and counts the answer by the time since `due`. */
async function send(lane: Sender, due: number, tally: Tally, clock: Clock): Promise<void> {
  const fault = await lane.step().catch((error: Error) => error.message)
  tally.count(clock.now() - due, fault)
  if (fault !== undefined) await lane.ready()
}

/** Every lane sends its next request after the answer to the one before. */
export async function closedLoop(lanes: readonly Sender[], seconds: number, clock: Clock): Promise<readonly Tally[]> {
  const tally = new Tally()
  const end = clock.now() + seconds * 1000
  const work = async (lane: Sender): Promise<void> => {
    for (let now = clock.now(); now < end && lane.supplied; now = clock.now()) await send(lane, now, tally, clock)
  }
  await Promise.all(lanes.map(work))
  return [tally]
}

/** So many workers, of which each chooses the kind of its next request by the shares. */
export async function closedMix(
  mix: readonly Mix<Sender>[],
  { workers, seconds, seed }: { readonly workers: number; readonly seconds: number; readonly seed: number },
  clock: Clock,
): Promise<readonly Tally[]> {
  const tallies = mix.map(() => new Tally())
  const pools = mix.map(({ lanes }) => new LanePool(lanes))
  const choose = chooser(
    mix.map(({ share }) => share),
    seeded(seed),
  )
  const end = clock.now() + seconds * 1000
  const work = async (): Promise<void> => {
    while (clock.now() < end) {
      const kind = choose()
      const [pool, tally] = [pools[kind], tallies[kind]]
      if (pool && tally) await pool.use((lane) => send(lane, clock.now(), tally, clock))
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return tallies
}

/**
 * Sends requests by a schedule. A request whose connections are all in use waits for one. Its latency counts from the time at
 * which it was due, so that a server that stalls is charged for every request that the stall delayed.
 */
export async function openLoop(
  mix: readonly Mix<Sender>[],
  { perSecond, seconds, seed }: { readonly perSecond: number; readonly seconds: number; readonly seed: number },
  clock: Clock,
): Promise<readonly Tally[]> {
  const tallies = mix.map(() => new Tally())
  const pools = mix.map(({ lanes }) => new LanePool(lanes))
  const random = seeded(seed)
  const choose = chooser(
    mix.map(({ share }) => share),
    random,
  )
  const times = arrivals(perSecond, seconds, random)
  const began = clock.now()
  const sent: Promise<void>[] = []
  for (const time of times) {
    const due = began + time
    if (clock.now() < due) await clock.until(due)
    const kind = choose()
    const [pool, tally] = [pools[kind], tallies[kind]]
    if (!pool || !tally) continue
    tally.late(clock.now() - due)
    sent.push(pool.use((lane) => send(lane, due, tally, clock)))
  }
  await Promise.all(sent)
  return tallies
}
