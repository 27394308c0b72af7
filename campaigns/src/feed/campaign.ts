// Three verifiers behind a proxy that cuts, delays, replays and reorders, and a server that is killed and restored. Tokens end
// meanwhile; each verifier is asked about them all the time.
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, type ServerRun } from '@countersign/server/testing/process'
import { Seeded } from '../campaign/seeded.ts'
import { createOwner, prepareServer } from '../campaign/server.ts'
import { acts, Ends } from './ends.ts'
import { conditionsOf, type FaultName, type Invariant, serverFaults } from './invariants.ts'
import { Owner, resource, Unanswered } from './owner.ts'
import { FaultyProxy, type Mood, type ProxyTally } from './proxy.ts'
import { Settling } from './settling.ts'
import { Tokens } from './tokens.ts'
import { RemoteVerifier } from './verifier.ts'
import { maxStalenessSeconds, type Report, Watch } from './watch.ts'

/** Later than the staleness, and earlier than a stream is taken for dead. */
const delayMilliseconds = { least: 200, most: 2300 } as const
const allMoods: readonly Mood[] = ['honest', 'cutting', 'delaying', 'replaying', 'reordering']
const longestMoodMilliseconds = 2500
/** More on one folder would only make the checks longer, and tokens would expire. */
const secondsPerFolder = 60

export interface FeedOptions {
  readonly seconds: number
  readonly seed: number
  readonly fault?: FaultName | undefined
  readonly folder?: string | undefined
  readonly progress: (state: FeedState) => void
}

export interface FeedTally extends ProxyTally {
  tokens: number
  ends: number
  kills: number
  restores: number
  /** Answers of verifiers. */
  accepted: number
  refused: number
}

export interface FeedLoss {
  readonly invariant: Invariant
  readonly detail: string
}

export interface FeedState {
  readonly tally: FeedTally
  readonly losses: readonly FeedLoss[]
}

/** Runs until the time is over, or an invariant is violated. */
export async function runFeed(options: FeedOptions): Promise<FeedState> {
  const random = new Seeded(options.seed)
  const losses: FeedLoss[] = []
  const tally: FeedTally = {
    tokens: 0,
    ends: 0,
    kills: 0,
    restores: 0,
    accepted: 0,
    refused: 0,
    cuts: 0,
    delays: 0,
    replays: 0,
    reorderings: 0,
  }
  let end: number | undefined
  const report: Report = (invariant, detail) => {
    if (losses.length < 10) losses.push({ invariant, detail })
  }
  while ((end === undefined || performance.now() < end) && losses.length === 0) {
    await using run = await FeedRun.begin(options, random)
    // The first folder is set up before the time begins.
    end ??= performance.now() + options.seconds * 1000
    const folderEnd = Math.min(end, performance.now() + secondsPerFolder * 1000)
    const watch = new Watch(run.verifiers, run.tokens, random, report)
    try {
      while (performance.now() < folderEnd && losses.length === 0) {
        await run.step()
        options.progress({ tally: sum(tally, run, watch), losses })
      }
      if (losses.length === 0) await run.settle(report)
    } finally {
      await watch.end()
    }
    Object.assign(tally, sum(tally, run, watch))
  }
  return { tally, losses }
}

const sum = (tally: FeedTally, { tokens, proxy, kills, restores }: FeedRun, watch: Watch): FeedTally => ({
  tokens: tally.tokens + tokens.all.length,
  ends: tally.ends + tokens.ended.length,
  kills: tally.kills + kills,
  restores: tally.restores + restores,
  accepted: tally.accepted + watch.accepted,
  refused: tally.refused + watch.refused,
  cuts: tally.cuts + proxy.tally.cuts,
  delays: tally.delays + proxy.tally.delays,
  replays: tally.replays + proxy.tally.replays,
  reorderings: tally.reorderings + proxy.tally.reorderings,
})

/** One data folder, with its server, proxy and verifiers. */
class FeedRun {
  kills = 0
  restores = 0
  readonly tokens: Tokens
  readonly proxy: FaultyProxy
  readonly verifiers: readonly RemoteVerifier[]
  readonly #server: ServerRun
  readonly #ends: Ends
  readonly #random: Seeded
  readonly #cleanup: AsyncDisposableStack
  readonly #client: { readonly id: string; readonly secret: string }
  readonly #moods: readonly Mood[]
  /** Each once, in an order of the seed, before they are chosen at random. */
  #plan: readonly string[]
  #backups = 0
  #moodUntil = 0

  private constructor(parts: {
    readonly server: ServerRun
    readonly proxy: FaultyProxy
    readonly verifiers: readonly RemoteVerifier[]
    readonly tokens: Tokens
    readonly ends: Ends
    readonly random: Seeded
    readonly cleanup: AsyncDisposableStack
    readonly client: { readonly id: string; readonly secret: string }
    readonly moods: readonly Mood[]
  }) {
    this.#moods = parts.moods
    this.#server = parts.server
    this.proxy = parts.proxy
    this.verifiers = parts.verifiers
    this.tokens = parts.tokens
    this.#ends = parts.ends
    this.#random = parts.random
    this.#cleanup = parts.cleanup
    this.#client = parts.client
    this.#plan = shuffled(
      [...acts, 'kill', 'restore', 'logout', 'token-revoked', 'logout', 'user-disabled'],
      parts.random,
    )
  }

  static async begin({ fault, folder }: FeedOptions, random: Seeded): Promise<FeedRun> {
    const { only, moods = allMoods } = fault === undefined ? {} : conditionsOf[fault]
    await using cleanup = new AsyncDisposableStack()
    const port = await freePort()
    const proxy = cleanup.use(await FaultyProxy.listen(port, random))
    const issuer = `http://127.0.0.1:${proxy.port}`
    const isServers = fault !== undefined && serverFaults.includes(fault)
    const server = cleanup.use(
      await prepareServer({
        folder,
        port,
        env: { COUNTERSIGN_ISSUER: issuer },
        fault: isServers ? fault : undefined,
      }),
    )
    await createOwner(server)
    const scope = ['--scope', 'orders:read See orders.', '--scope', 'orders:write=manager Change orders.']
    const api = await server.json<{ id: string }>(['apis', 'add', resource, '--name', 'Orders', ...scope])
    const words = ['create-client', '--name', 'api', '--audience', resource]
    const made = await server.json<{ client_id: string; client_secret: string }>(words)
    const client = { id: made.client_id, secret: made.client_secret }
    await server.serve()
    const verifiers = (['closed', 'introspect', 'open'] as const).map((whenSilent) =>
      cleanup.use(
        new RemoteVerifier(
          { issuer, resource, client, maxStalenessSeconds, whenSilent },
          isServers ? undefined : fault,
        ),
      ),
    )
    const tokens = new Tokens()
    const ends = new Ends(server, new Owner(`http://127.0.0.1:${port}`, 'owner'), tokens, api.id)
    for (let i = 0; i < 2; i++) await ends.addSession()
    await ends.addClient()
    const parts = { server, proxy, verifiers, tokens, ends, random, client, moods }
    const run = new FeedRun({ ...parts, cleanup: cleanup.move() })
    if (only) run.#plan = Array.from({ length: 1000 }, (_, i) => only[i % only.length] ?? 'logout')
    await run.#backUp()
    return run
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync()
  }

  async step(): Promise<void> {
    this.#changeMood()
    const [planned, ...rest] = this.#plan
    this.#plan = rest
    const random = this.#random
    const next = planned ?? (random.below(25) === 0 ? (random.pick(['kill', 'restore']) ?? '') : random.pick(acts))
    try {
      if (random.below(2) === 0) await this.#ends.addSession()
      if (random.below(2) === 0) await this.#ends.addClient()
      if (next === 'kill') await this.#kill()
      else if (next === 'restore') await this.#restore()
      else {
        // Half of the ends are cut by a kill now and then.
        const isKilled = planned === undefined && random.below(20) === 0
        const act = acts.find((one) => one === next)
        const work = act === undefined || (act === 'keys-revoked' && isKilled) ? undefined : this.#ends.act(act)
        if (isKilled) {
          work?.catch(() => {})
          await pause(random.below(20))
          await this.#kill()
        }
        await work
      }
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
    }
    await pause(random.below(150))
  }

  /** No further faults: what is decided now must be right. */
  async settle(report: Report): Promise<void> {
    this.proxy.mood = 'honest'
    const fresh = () =>
      new RemoteVerifier(
        { issuer: `http://127.0.0.1:${this.proxy.port}`, resource, client: this.#client, whenSilent: 'closed' },
        undefined,
      )
    // Otherwise there might be none that is live.
    await this.#ends.addSession()
    await this.#ends.addClient()
    const settling = new Settling(this.verifiers, this.tokens, report)
    await settling.expectLive()
    await settling.expectEnded()
    await settling.expectAgreement(fresh)
    await this.#ends.removeApi()
    await settling.expectEnded()
  }

  #changeMood(): void {
    const random = this.#random
    if (performance.now() < this.#moodUntil) return
    this.proxy.mood = random.pick(this.#moods) ?? 'honest'
    const { least, most } = delayMilliseconds
    const isVaried = this.#moods.length > 1
    this.proxy.delayMilliseconds = isVaried && random.below(3) === 0 ? least + random.below(most - least) : most
    if (this.proxy.mood === 'cutting') this.proxy.cut()
    // Long enough that an end is late.
    const longest = this.proxy.mood === 'delaying' ? 2 * longestMoodMilliseconds : longestMoodMilliseconds
    this.#moodUntil = performance.now() + longest / 2 + random.below(longest / 2)
  }

  async #kill(): Promise<void> {
    this.kills++
    await this.#server.end('SIGKILL')
    await this.#server.serve()
  }

  /** Every session ends, and every key set is revoked: no token of before is good. */
  async #restore(): Promise<void> {
    this.restores++
    await this.#server.end('SIGKILL')
    const restored = () => this.#server.json(['restore', this.#backup])
    await this.tokens.ending(
      this.tokens.all.filter(({ state }) => state === 'live' || state === 'unknown'),
      'restore',
      restored,
    )
    await this.#server.serve()
    await this.#backUp()
  }

  get #backup(): string {
    return `${this.#server.folder}/backup-${this.#backups}`
  }

  async #backUp(): Promise<void> {
    this.#backups++
    await this.#server.json(['backup', this.#backup])
  }
}

function shuffled<T>(items: readonly T[], random: Seeded): readonly T[] {
  const rest = [...items]
  return items.map(() => rest.splice(random.below(rest.length), 1)[0] as T)
}
