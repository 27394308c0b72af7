// kill -9 under load, restart, check (N-220). The record is kept in this process, outside the one that is killed.
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerRun } from '@countersign/server/testing/process'
import { Calls } from '../campaign/calls.ts'
import type { CampaignDatabase } from '../campaign/database.ts'
import type { KillingOptions, KillingState, Loss } from '../campaign/killing.ts'
import { openDatabase } from '../campaign/open-database.ts'
import { Seeded } from '../campaign/seeded.ts'
import { Addresses, createOwner, goodPassword, prepareServer } from '../campaign/server.ts'
import type { FaultName, Invariant } from './invariants.ts'
import { type Accounts, LoadClient } from './load-client.ts'
import { Recorder, Session, type Tally } from './recorder.ts'
import { StoredState } from './stored-state.ts'
import { Verification } from './verification.ts'

/** Enough that a commit is nearly always under way, and few enough that each waits only for it. */
const loginClients = 2
const tokenClients = 6
/**
 * Half of the kills happen some time after the load began. The other half happen at an acknowledgement, when others of the same
 * commit are on their way: no timer would hit that moment.
 */
const longestLoadMilliseconds = 500
const mostAcknowledgements = 80
/** One in so many restarts is killed too, before it is ready. */
const killedStarts = 8
/** More kills on one folder would only make the checks longer. */
const killsPerFolder = 250
/** Items of earlier rounds that are checked again after each crash. All are checked at the end. */
const sampleSize = 40
const spentSamples = 2

const flags = ['--retry-window-seconds', '600', '--dialects', 'none']

/** Runs the campaign until the first kill that violates an invariant. */
export async function runCampaign(options: KillingOptions<FaultName>): Promise<KillingState<Invariant>> {
  const random = new Seeded(options.seed)
  const tally: Tally = { intents: 0, acknowledged: 0, foundDone: 0, foundUndone: 0 }
  const losses: Loss<Invariant>[] = []
  let kills = 0
  while (kills < options.kills && losses.length === 0) {
    await using run = await CrashRun.begin(options, random)
    const last = Math.min(options.kills, kills + killsPerFolder)
    while (kills < last && losses.length === 0) {
      kills++
      const report = (invariant: Invariant, detail: string) => losses.push({ kill: kills, invariant, detail })
      await run.crash(report)
      if (kills === last) await run.inspectAll(report)
      options.progress({ kills, tally: sum(tally, run.recorder.tally), losses })
    }
    Object.assign(tally, sum(tally, run.recorder.tally))
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

/** One data folder through many crashes. */
class CrashRun implements AsyncDisposable {
  readonly recorder = new Recorder()
  readonly #server: ServerRun
  readonly #database: CampaignDatabase
  readonly #accounts: Accounts
  readonly #random: Seeded
  readonly #cleanup: AsyncDisposableStack
  readonly #addresses = new Addresses()

  private constructor(
    { server, database, accounts }: { server: ServerRun; database: CampaignDatabase; accounts: Accounts },
    random: Seeded,
    cleanup: AsyncDisposableStack,
  ) {
    this.#cleanup = cleanup
    this.#server = server
    this.#database = database
    this.#accounts = accounts
    this.#random = random
  }

  static async begin({ folder, fault, engine, given }: KillingOptions<FaultName>, random: Seeded): Promise<CrashRun> {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await openDatabase({ engine, given }))
    const server = stack.use(await prepareServer({ folder, fault, flags, env: database.env }))
    const users = [{ username: 'ada', password: goodPassword }]
    await createOwner(server)
    for (const user of users) await server.user(user)
    const opaque = await server.client('crash-opaque', 'opaque')
    const jwt = await server.client('crash-jwt', 'jwt')
    await server.serve()
    const accounts: Accounts = { users, clients: [opaque, jwt] }
    return new CrashRun({ server, database, accounts }, random, stack.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync()
  }

  /** Load, kill, restart, and the checks of what this round used and of a sample of the rest. */
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
    await this.#logAllIn()
    const { sessions, tokens, touched } = this.recorder
    const samples = [...this.#random.sample(sessions, sampleSize), ...this.#random.sample(tokens, sampleSize)]
    const spent = this.#random.sample(
      [...touched].filter((item) => item instanceof Session),
      spentSamples,
    )
    await this.#inspect([...new Set([...touched, ...samples])], spent, report)
    this.recorder.beginRound()
  }

  async inspectAll(report: Report): Promise<void> {
    await this.#inspect([...this.recorder.sessions, ...this.recorder.tokens], [], report)
  }

  async #underLoad(): Promise<readonly Promise<string | undefined>[]> {
    const clients: LoadClient[] = []
    for (let i = 0; i < loginClients + tokenClients; i++) {
      clients.push(new LoadClient(await this.#calls(), this.#accounts, this.recorder, this.#random))
    }
    return clients.map((client, i) => (i < loginClients ? client.logIn() : client.useTokens()))
  }

  async #restart(): Promise<void> {
    if (this.#random.below(killedStarts) === 0) {
      this.#server.launch()
      await pause(this.#random.below(longestLoadMilliseconds))
      await this.#server.end('SIGKILL')
    }
    await this.#server.serve()
  }

  /** A login also resets the counted attempts of logins that the kill interrupted. Otherwise users would be locked out. */
  async #logAllIn(): Promise<void> {
    using calls = await this.#calls()
    for (const user of this.#accounts.users) this.recorder.addSession(await calls.logIn(user))
  }

  async #inspect(
    items: readonly Parameters<Verification['inspect']>[0][],
    spent: readonly Session[],
    report: Report,
  ): Promise<void> {
    await using reader = this.#database.connect(this.#server)
    const stored = await StoredState.read(reader)
    const verify = (calls: Calls) => new Verification(calls, this.#accounts, this.recorder, stored, report)
    const todo = items.values()
    const lanes = Array.from({ length: tokenClients }, async (_, lane) => {
      using calls = await this.#calls()
      const verification = verify(calls)
      if (lane === 0) verification.inspectDatabase()
      for (const item of todo) await verification.inspect(item)
    })
    await Promise.all(lanes)
    using calls = await this.#calls()
    for (const session of spent) await verify(calls).presentSpent(session)
  }

  #calls(): Promise<Calls> {
    return Calls.open(this.#server.endpoint, this.#addresses.next())
  }
}
