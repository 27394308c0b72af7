// Two servers on one PostgreSQL database with a standby. A server is killed; the database is restarted, or killed, or its standby is
// promoted; its connections are cut, or stall. Whatever was acknowledged must hold afterwards, and both servers must be ready again by themselves.
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, readiness, type ServerRun } from '@countersign/server/testing/process'
import { Calls } from '../campaign/calls.ts'
import type { KillingOptions, KillingState, Loss } from '../campaign/killing.ts'
import { Seeded } from '../campaign/seeded.ts'
import { Addresses, createOwner, goodPassword, prepareServer } from '../campaign/server.ts'
import { type Accounts, LoadClient } from '../crash/load-client.ts'
import { Recorder, Session } from '../crash/recorder.ts'
import { StoredState } from '../crash/stored-state.ts'
import { Verification } from '../crash/verification.ts'
import { GivenDatabase } from './given.ts'
import { type FaultName, type Invariant, recoverySeconds } from './invariants.ts'
import type { Disturbance, OutageDatabase } from './outage-database.ts'
import { DatabasePair } from './pair.ts'

/** For each server. */
const clientsOfServer = { login: 1, tokens: 4 } as const
const longestLoadMilliseconds = 800
const sampleSize = 30
const spentSamples = 2

/** Runs the campaign until the first outage that violates an invariant. */
export async function runOutages(options: KillingOptions<FaultName>): Promise<KillingState<Invariant>> {
  const random = new Seeded(options.seed)
  const losses: Loss<Invariant>[] = []
  let kills = 0
  await using run = await OutageRun.begin(options, random)
  const state = (): KillingState<Invariant> => ({
    kills,
    tally: { ...run.recorder.tally },
    losses,
    slowestRecoveryMilliseconds: run.slowestRecovery,
    ...(run.slowestPromotion > 0 ? { slowestPromotionMilliseconds: run.slowestPromotion } : {}),
  })
  while (kills < options.kills && losses.length === 0) {
    const disturbance = run.disturbances[kills] ?? random.pick(run.disturbances) ?? 'cut'
    kills++
    await run.disturb(disturbance, (invariant, detail) =>
      losses.push({ kill: kills, invariant, detail: `${detail} (${disturbance})` }),
    )
    options.progress(state())
  }
  return state()
}

type Report = (invariant: Invariant, detail: string) => void

class OutageRun implements AsyncDisposable {
  readonly recorder = new Recorder()
  slowestRecovery = 0
  slowestPromotion = 0
  readonly #database: OutageDatabase
  readonly #servers: readonly [ServerRun, ServerRun]
  readonly #accounts: Accounts
  readonly #random: Seeded
  readonly #cleanup: AsyncDisposableStack
  readonly #addresses = new Addresses()

  private constructor(
    parts: { database: OutageDatabase; servers: readonly [ServerRun, ServerRun]; accounts: Accounts },
    random: Seeded,
    cleanup: AsyncDisposableStack,
  ) {
    this.#database = parts.database
    this.#servers = parts.servers
    this.#accounts = parts.accounts
    this.#random = random
    this.#cleanup = cleanup
  }

  static async begin({ folder, fault, given }: KillingOptions<FaultName>, random: Seeded): Promise<OutageRun> {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(given ? await GivenDatabase.make(given) : await DatabasePair.start(settingsOf(fault)))
    const port = await freePort()
    const flags = ['--dialects', 'none', '--retry-window-seconds', '600', '--issuer', `http://127.0.0.1:${port}`]
    const options = { folder, flags, env: database.env, nodeOptions: database.nodeOptions }
    const first = stack.use(await prepareServer({ ...options, port }))
    await createOwner(first)
    const users = [{ username: 'ada', password: goodPassword }]
    for (const user of users) await first.user(user)
    const clients = [await first.client('watcher', 'opaque'), await first.client('robot', 'jwt')] as const
    if (fault !== undefined && database instanceof DatabasePair) database.run(...earlyCommit)
    const second = stack.use(await prepareServer({ ...options, data: first.data }))
    await first.serve()
    await second.serve()
    const parts = { database, servers: [first, second] as const, accounts: { users, clients } }
    return new OutageRun(parts, random, stack.move())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync()
  }

  get disturbances(): readonly Disturbance[] {
    return this.#database.disturbances
  }

  /** Load, the disturbance, the wait until both servers are ready, and the checks. */
  async disturb(what: Disturbance, report: Report): Promise<void> {
    const clients = await this.#clients()
    const work = clients.map(({ load, isLogin }) => (isLogin ? load.logIn() : load.useTokens()))
    await pause(this.#random.below(longestLoadMilliseconds))
    const struck = performance.now()
    const killed = await this.#inflict(what)
    for (const { load } of clients) load.stop()
    for (const fault of await Promise.all(work)) if (fault !== undefined) report('answers', fault)
    const began = performance.now()
    await killed?.serve()
    if (!(await this.#areReady())) return report('recovery', 'a server is not ready')
    this.slowestRecovery = Math.max(this.slowestRecovery, performance.now() - began)
    if (what === 'promote the standby') {
      this.slowestPromotion = Math.max(this.slowestPromotion, performance.now() - struck)
    }
    await this.#database.recovered(what)
    await this.#logAllIn()
    await this.#inspect(report)
    this.recorder.beginRound()
  }

  /** Returns the server that was killed. */
  async #inflict(what: Disturbance): Promise<ServerRun | undefined> {
    if (what === 'kill a server') {
      const killed = this.#servers[this.#random.below(2)]
      await killed?.end('SIGKILL')
      return killed
    }
    await this.#database.inflict(what, async (most) => void (await pause(this.#random.below(most))))
    return undefined
  }

  async #areReady(): Promise<boolean> {
    const deadline = performance.now() + 1000 * recoverySeconds
    for (const { endpoint } of this.#servers) {
      while ((await readiness(endpoint)) !== 200) {
        if (performance.now() > deadline) return false
        await pause(10)
      }
    }
    return true
  }

  async #clients(): Promise<readonly { readonly load: LoadClient; readonly isLogin: boolean }[]> {
    const all: { load: LoadClient; isLogin: boolean }[] = []
    for (const server of this.#servers) {
      for (let n = 0; n < clientsOfServer.login + clientsOfServer.tokens; n++) {
        const calls = await this.#calls(server)
        const load = new LoadClient(calls, this.#accounts, this.recorder, this.#random)
        all.push({ load, isLogin: n < clientsOfServer.login })
      }
    }
    return all
  }

  /** A login also resets the counted attempts of logins that were interrupted. */
  async #logAllIn(): Promise<void> {
    using calls = await this.#calls(this.#servers[0])
    for (const user of this.#accounts.users) this.recorder.addSession(await calls.logIn(user))
  }

  async #inspect(report: Report): Promise<void> {
    const { sessions, tokens, touched } = this.recorder
    const samples = [...this.#random.sample(sessions, sampleSize), ...this.#random.sample(tokens, sampleSize)]
    const items = [...new Set([...touched, ...samples])]
    const isSession = (item: unknown): item is Session => item instanceof Session
    const spent = this.#random.sample([...touched].filter(isSession), spentSamples)
    await using reader = this.#database.connect()
    const stored = await StoredState.read(reader)
    const todo = items.values()
    const lanes = this.#servers.map(async (server, lane) => {
      using calls = await this.#calls(server)
      const verification = new Verification(calls, this.#accounts, this.recorder, stored, report)
      if (lane === 0) verification.inspectDatabase()
      for (const item of todo) await verification.inspect(item)
    })
    await Promise.all(lanes)
    using calls = await this.#calls(this.#servers[1])
    const verification = new Verification(calls, this.#accounts, this.recorder, stored, report)
    for (const session of spent) await verification.presentSpent(session)
  }

  #calls({ endpoint }: ServerRun): Promise<Calls> {
    return Calls.open(endpoint, this.#addresses.next(), { mayBeUnavailable: true })
  }
}

const settingsOf = (fault: FaultName | undefined): Readonly<Record<string, string>> =>
  fault === undefined ? {} : { wal_writer_delay: '10s' }

/** The planted fault: whatever changes an Authorization is not waited for to be on disk. */
const earlyCommit: readonly string[] = [
  `create function early_commit() returns trigger language plpgsql as $$
    begin perform set_config('synchronous_commit', 'off', true); return new; end $$`,
  'create trigger early_commit before insert or update on authorizations for each row execute function early_commit()',
]
