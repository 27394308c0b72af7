// Many clients refresh, retry, revoke and use the same tokens at once, over two servers on one database (N-055).
import { type Credentials, freePort, type ServerRun } from '@countersign/server/testing/process'
import { Calls, type TokenSet, UnexpectedAnswer } from '../campaign/calls.ts'
import { openDatabase } from '../campaign/open-database.ts'
import type { Place } from '../campaign/place.ts'
import { Seeded } from '../campaign/seeded.ts'
import { Addresses, createOwner, goodPassword, prepareServer } from '../campaign/server.ts'
import { Family, type FamilyClient } from './family.ts'
import type { Operation } from './history.ts'
import type { FaultName, Invariant } from './invariants.ts'
import { isLinearizable } from './linearizability.ts'

export interface FamiliesOptions extends Place {
  readonly seconds: number
  /** At once. */
  readonly families: number
  /** The clients of each family. Every other one uses the second server. */
  readonly callers: number
  readonly seed: number
  readonly fault?: FaultName | undefined
  readonly folder?: string | undefined
  readonly progress: (state: FamiliesState) => void
}

/** A violated invariant with the history of its family: tokens by number. */
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
    /** Refreshes that were answered with an existing successor. */
    readonly retries: number
    /** Families that a replay, a revocation or a log-out revoked. */
    readonly ended: number
  }
  readonly losses: readonly FamilyLoss[]
}

const user = { username: 'person', password: goodPassword }
/** The server rejects more than five concurrent attempts at one name. */
const loginsAtOnce = 4

/** Runs the campaign until the first violation. */
export async function runFamilies(options: FamiliesOptions): Promise<FamiliesState> {
  await using run = await FamiliesRun.begin(options)
  const endsAt = performance.now() + 1000 * options.seconds
  const state = {
    tally: { families: 0, operations: 0, rotations: 0, retries: 0, ended: 0 },
    losses: [] as FamilyLoss[],
  }
  const group = async (number: number) => {
    using clients = await run.clients(number, options)
    while (performance.now() < endsAt && state.losses.length === 0) {
      const family = new Family(await run.logIn(clients.all[0] as FamilyClient))
      try {
        await family.use(clients.all)
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
  await Promise.all(Array.from({ length: options.families }, (_, number) => group(number)))
  return state
}

function account(
  tally: { -readonly [K in keyof FamiliesState['tally']]: number },
  history: readonly Operation[],
): void {
  const answers = history.flatMap((call) => (call.kind === 'refresh' && call.got !== undefined ? [call.got] : []))
  const rotations = new Set(answers).size
  tally.families++
  tally.operations += history.length
  tally.rotations += rotations
  tally.retries += answers.length - rotations
  if (history.some((call) => call.kind === 'access' && !call.accepted)) tally.ended++
}

/** Two servers on one database. */
class FamiliesRun implements AsyncDisposable {
  readonly #servers: readonly [ServerRun, ServerRun]
  readonly #introspector: Credentials
  readonly #cleanup: AsyncDisposableStack
  readonly #addresses = new Addresses()
  #logins = 0
  readonly #turns: Promise<unknown>[] = Array.from({ length: loginsAtOnce }, () => Promise.resolve())

  private constructor(
    servers: readonly [ServerRun, ServerRun],
    introspector: Credentials,
    cleanup: AsyncDisposableStack,
  ) {
    this.#cleanup = cleanup
    this.#servers = servers
    this.#introspector = introspector
  }

  static async begin({ folder, fault, engine, given }: FamiliesOptions): Promise<FamiliesRun> {
    await using stack = new AsyncDisposableStack()
    const { env } = stack.use(await openDatabase({ engine, given }))
    const port = await freePort()
    const flags = ['--dialects', 'none', '--issuer', `http://127.0.0.1:${port}`]
    const options = { folder, fault, flags, env }
    const first = stack.use(await prepareServer({ ...options, port }))
    await createOwner(first)
    await first.user(user)
    const introspector = await first.client('watcher', 'opaque')
    const second = stack.use(await prepareServer({ ...options, data: first.data }))
    await first.serve()
    await second.serve()
    return new FamiliesRun([first, second], introspector, stack.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync()
  }

  /** The clients of one family. */
  async clients(
    number: number,
    { callers: count, seed }: FamiliesOptions,
  ): Promise<{ readonly all: readonly FamilyClient[] } & Disposable> {
    const stack = new DisposableStack()
    const all: FamilyClient[] = []
    for (let at = 0; at < count; at++) {
      const { endpoint } = this.#servers[at % 2] as ServerRun
      const calls = stack.use(await Calls.open(endpoint))
      all.push({ calls, random: new Seeded(seed + 1000 * number + at), introspector: this.#introspector })
    }
    return { all, [Symbol.dispose]: () => stack.dispose() }
  }

  async logIn({ calls }: FamilyClient): Promise<TokenSet> {
    const lane = this.#logins++ % loginsAtOnce
    const login = (this.#turns[lane] as Promise<unknown>).then(() => calls.logIn(user, this.#addresses.next()))
    this.#turns[lane] = login.catch(() => undefined)
    return login
  }
}
