// kill -9 under load, restart, ask (N-220). The parent process keeps the record; nothing of it is in the process killed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import type { Program } from '../../../apps/server/src/testing/process/program.ts'
import {
  createClient,
  createOwner,
  createUser,
  databaseOf,
  launch,
  type Place,
  serve,
} from '../../../apps/server/src/testing/process/server-run.ts'
import type { KillingOptions, KillingState, Loss } from '../campaign/killing.ts'
import { Seeded } from '../campaign/seeded.ts'
import { plantOptions } from '../injected-faults/injected-fault.ts'
import { Calls } from './calls.ts'
import type { PlantName } from './injected-faults.ts'
import type { Invariant } from './invariants.ts'
import { Actor, type Cast } from './load.ts'
import { Recorder, Session, type Tally } from './recorder.ts'
import { StoredState } from './stored-state.ts'
import { Verification } from './verification.ts'

/** Enough that a commit is nearly always under way, and few enough that each waits only for it. */
const loginActors = 2
const tokenActors = 6
/** Half of the kills strike at some time after the load began, half at an acknowledgement: then others of its commit are on
 * their way, which no clock would hit. */
const longestLoadMilliseconds = 500
const mostAcknowledgements = 80
/** One in so many restarts is killed too, before it is ready. */
const killedStarts = 8
/** A longer life would only make the questions longer. */
const killsPerFolder = 250
/** Of what earlier rounds left: asked again after each crash. All of it is asked at the end. */
const sampleSize = 40
const spentSamples = 2

const flags = ['--trusted-proxies', '127.0.0.1', '--retry-window-seconds', '600', '--dialects', 'none']

/** Runs the campaign. It stops at the first kill after which something was lost. */
export async function runCampaign(options: KillingOptions<PlantName>): Promise<KillingState<Invariant>> {
  const random = new Seeded(options.seed)
  const tally: Tally = { intents: 0, acknowledged: 0, foundDone: 0, foundUndone: 0 }
  const losses: Loss<Invariant>[] = []
  let kills = 0
  while (kills < options.kills && losses.length === 0) {
    await using life = await Life.begin(options, random)
    const last = Math.min(options.kills, kills + killsPerFolder)
    while (kills < last && losses.length === 0) {
      kills++
      const report = (invariant: Invariant, detail: string) => losses.push({ kill: kills, invariant, detail })
      await life.crash(report)
      if (kills === last) await life.inspectAll(report)
      options.progress({ kills, tally: sum(tally, life.recorder.tally), losses })
    }
    Object.assign(tally, sum(tally, life.recorder.tally))
  }
  return { kills, tally, losses }
}

const sum = (a: Tally, b: Tally): Tally => ({
  intents: a.intents + b.intents,
  acknowledged: a.acknowledged + b.acknowledged,
  foundDone: a.foundDone + b.foundDone,
  foundUndone: a.foundUndone + b.foundUndone,
})

type Report = (invariant: Invariant, detail: string) => void

/** One data folder, from its making to its end, through many crashes. */
class Life {
  readonly recorder = new Recorder()
  readonly #folder: string
  readonly #place: Place
  readonly #cast: Cast
  readonly #random: Seeded
  readonly #nodeOptions: readonly string[]
  #server: Program
  #addresses = 0

  private constructor(
    folder: string,
    place: Place,
    cast: Cast,
    random: Seeded,
    nodeOptions: readonly string[],
    server: Program,
  ) {
    this.#folder = folder
    this.#place = place
    this.#cast = cast
    this.#random = random
    this.#nodeOptions = nodeOptions
    this.#server = server
  }

  static async begin({ folder: base, plant }: KillingOptions<PlantName>, random: Seeded): Promise<Life> {
    const folder = await mkdtemp(join(base ?? tmpdir(), 'countersign-crash-'))
    const place = { data: join(folder, 'data'), endpoint: { host: '127.0.0.1', port: await freePort() } }
    const people = [{ username: 'ada', password: 'a password that is long enough' }]
    await createOwner(place)
    for (const person of people) await createUser(place, person)
    const opaque = await createClient(place, 'crash-opaque', 'opaque')
    const jwt = await createClient(place, 'crash-jwt', 'jwt')
    const nodeOptions = plantOptions(plant)
    const server = await serve(place, { flags, nodeOptions })
    return new Life(folder, place, { people, clients: [opaque, jwt] }, random, nodeOptions, server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.end('SIGKILL')
    await rm(this.#folder, { recursive: true })
  }

  /** Load, kill, restart, and the questions about what this round touched and a sample of what it did not. */
  async crash(report: Report): Promise<void> {
    const work = await this.#underLoad()
    if (this.#random.below(2) === 0) await pause(this.#random.below(longestLoadMilliseconds))
    else
      await Promise.race([
        this.recorder.acknowledgements(1 + this.#random.below(mostAcknowledgements)),
        Promise.all(work),
      ])
    await this.#server.end('SIGKILL')
    for (const fault of await Promise.all(work)) if (fault !== undefined) report('answers', fault)
    await this.#restart()
    await this.#logEverybodyIn()
    const { sessions, tokens, touched } = this.recorder
    const samples = [...this.#random.sample(sessions, sampleSize), ...this.#random.sample(tokens, sampleSize)]
    const spent = this.#random.sample(
      [...touched].filter((item) => item instanceof Session),
      spentSamples,
    )
    await this.#inspect([...new Set([...touched, ...samples])], spent, report)
    this.recorder.settle()
  }

  async inspectAll(report: Report): Promise<void> {
    await this.#inspect([...this.recorder.sessions, ...this.recorder.tokens], [], report)
  }

  async #underLoad(): Promise<readonly Promise<string | undefined>[]> {
    const actors: Actor[] = []
    for (let i = 0; i < loginActors + tokenActors; i++) {
      actors.push(new Actor(await this.#calls(), this.#cast, this.recorder, this.#random))
    }
    return actors.map((actor, i) => (i < loginActors ? actor.logIn() : actor.useTokens()))
  }

  async #restart(): Promise<void> {
    if (this.#random.below(killedStarts) === 0) {
      const server = launch(this.#place, { flags, nodeOptions: this.#nodeOptions })
      await pause(this.#random.below(longestLoadMilliseconds))
      await server.end('SIGKILL')
    }
    this.#server = await serve(this.#place, { flags, nodeOptions: this.#nodeOptions })
  }

  /** Which also takes back the guesses that are still counted of logins that the kill cut short: nobody shall be locked out. */
  async #logEverybodyIn(): Promise<void> {
    const calls = await this.#calls()
    for (const person of this.#cast.people) this.recorder.addSession(await calls.login(person))
    calls.close()
  }

  async #inspect(
    items: readonly Parameters<Verification['inspect']>[0][],
    spent: readonly Session[],
    report: Report,
  ): Promise<void> {
    using stored = new StoredState(databaseOf(this.#place))
    const todo = items.values()
    const lanes = Array.from({ length: tokenActors }, async (_, lane) => {
      const calls = await this.#calls()
      const verification = new Verification(calls, this.#cast, this.recorder, stored, report)
      if (lane === 0) verification.inspectDatabase()
      for (const item of todo) await verification.inspect(item)
      calls.close()
    })
    await Promise.all(lanes)
    const calls = await this.#calls()
    const verification = new Verification(calls, this.#cast, this.recorder, stored, report)
    for (const session of spent) await verification.presentSpent(session)
    calls.close()
  }

  /** Every caller has an address of its own in 10.0.0.0/8. */
  #calls(): Promise<Calls> {
    const number = ++this.#addresses
    const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
    return Calls.open(this.#place.endpoint, address)
  }
}
