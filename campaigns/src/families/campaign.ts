// Many callers refresh, retry, revoke and look at the same tokens at once, over two servers on one data folder (N-055).
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import type { Program } from '../../../apps/server/src/testing/process/program.ts'
import {
  createClient,
  createOwner,
  createUser,
  type Person,
  type Place,
  serve,
} from '../../../apps/server/src/testing/process/server-run.ts'
import { Seeded } from '../campaign/seeded.ts'
import { plantOptions } from '../injected-faults/injected-fault.ts'
import { Calls, type Pair, UnexpectedAnswer } from './calls.ts'
import { type Caller, Family } from './family.ts'
import type { Operation } from './history.ts'
import type { Invariant, PlantName } from './invariants.ts'
import { isLinearizable } from './linearizability.ts'

export interface FamiliesOptions {
  readonly seconds: number
  /** At once. */
  readonly families: number
  /** Of each family, at once; every other one at the second server. */
  readonly callers: number
  readonly seed: number
  readonly plant?: PlantName | undefined
  readonly folder?: string | undefined
  readonly progress: (state: FamiliesState) => void
}

/** One breach, with what led to it: tokens by number. */
export interface FamilyLoss {
  readonly invariant: Invariant
  readonly detail: string
  readonly history: readonly Operation[]
}

export interface FamiliesState {
  readonly tally: {
    readonly families: number
    readonly operations: number
    /** New refresh tokens. */
    readonly rotations: number
    /** Old answers given again. */
    readonly retries: number
    /** Families that a replay, a revocation or a log-out has ended. */
    readonly ended: number
  }
  readonly losses: readonly FamilyLoss[]
}

const flags = ['--trusted-proxies', '127.0.0.1', '--dialects', 'none']
const person: Person = { username: 'person', password: 'a password that is long enough' }
/** Nobody may guess more than five times at once. */
const loginsAtOnce = 4

/** Runs the campaign. It stops at the first loss. */
export async function runFamilies(options: FamiliesOptions): Promise<FamiliesState> {
  await using house = await House.begin(options)
  const endsAt = performance.now() + 1000 * options.seconds
  const state = {
    tally: { families: 0, operations: 0, rotations: 0, retries: 0, ended: 0 },
    losses: [] as FamilyLoss[],
  }
  const table = async (number: number) => {
    await using seats = await house.seats(number, options)
    while (performance.now() < endsAt && state.losses.length === 0) {
      const family = new Family(await house.logIn(seats.callers[0] as Caller))
      try {
        await family.live(seats.callers)
      } catch (error) {
        if (!(error instanceof UnexpectedAnswer)) throw error
        state.losses.push({ invariant: 'answers', detail: error.message, history: family.operations })
        return
      }
      account(state.tally, family.operations)
      if (!isLinearizable(family.operations)) {
        const detail = `no order explains the ${family.operations.length} answers about a family`
        state.losses.push({ invariant: 'order', detail, history: family.operations })
      }
      options.progress(state)
    }
  }
  await Promise.all(Array.from({ length: options.families }, (_, number) => table(number)))
  return state
}

function account(
  tally: { -readonly [K in keyof FamiliesState['tally']]: number },
  history: readonly Operation[],
): void {
  const answers = history.flatMap((deed) => (deed.kind === 'refresh' && deed.got !== undefined ? [deed.got] : []))
  const rotations = new Set(answers).size
  tally.families++
  tally.operations += history.length
  tally.rotations += rotations
  tally.retries += answers.length - rotations
  if (history.some((deed) => deed.kind === 'look' && !deed.accepted)) tally.ended++
}

class House {
  readonly #folder: string
  readonly #places: readonly Place[]
  readonly #servers: readonly Program[]
  readonly #watcher: { readonly id: string; readonly secret: string }
  #logins = 0
  #turn: Promise<unknown>[] = Array.from({ length: loginsAtOnce }, () => Promise.resolve())

  private constructor(parts: {
    readonly folder: string
    readonly places: readonly Place[]
    readonly servers: readonly Program[]
    readonly watcher: { readonly id: string; readonly secret: string }
  }) {
    this.#folder = parts.folder
    this.#places = parts.places
    this.#servers = parts.servers
    this.#watcher = parts.watcher
  }

  static async begin({ folder: base, plant }: FamiliesOptions): Promise<House> {
    const folder = await mkdtemp(join(base ?? tmpdir(), 'countersign-families-'))
    const data = join(folder, 'data')
    const ports = [await freePort(), await freePort()]
    const places = ports.map((port) => ({ data, endpoint: { host: '127.0.0.1', port } }))
    const [place] = places as [Place, ...Place[]]
    await createOwner(place)
    await createUser(place, person)
    const watcher = await createClient(place, 'watcher', 'opaque')
    const issuer = ['--issuer', `http://127.0.0.1:${place.endpoint.port}`]
    const servers: Program[] = []
    for (const each of places) {
      servers.push(await serve(each, { flags: [...flags, ...issuer], nodeOptions: plantOptions(plant) }))
    }
    return new House({ folder, places, servers, watcher })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server.end('SIGKILL')
    await rm(this.#folder, { recursive: true })
  }

  /** The callers of one table. */
  async seats(
    number: number,
    { callers: count, seed }: FamiliesOptions,
  ): Promise<{ readonly callers: readonly Caller[] } & AsyncDisposable> {
    const callers: Caller[] = []
    for (let at = 0; at < count; at++) {
      const { endpoint } = this.#places[at % this.#places.length] as Place
      const calls = await Calls.open(endpoint, this.#watcher)
      callers.push({ calls, random: new Seeded(seed + 1000 * number + at) })
    }
    return {
      callers,
      [Symbol.asyncDispose]: async () => {
        for (const { calls } of callers) calls.close()
      },
    }
  }

  async logIn({ calls }: Caller): Promise<Pair> {
    const number = this.#logins++
    const lane = number % loginsAtOnce
    const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
    const login = (this.#turn[lane] as Promise<unknown>).then(() => calls.logIn(person, address))
    this.#turn[lane] = login.catch(() => undefined)
    return login
  }
}
