// kill -9 while the ownership is transferred (N-142), again and again on one database.
import { setTimeout as pause } from 'node:timers/promises'
import { ConnectionLost, type ServerRun, type UserLogin } from '@countersign/server/testing/process'
import { Calls, UnexpectedAnswer } from '../campaign/calls.ts'
import type { CampaignDatabase } from '../campaign/database.ts'
import type { KillingOptions, KillingState, Loss } from '../campaign/killing.ts'
import { openDatabase } from '../campaign/open-database.ts'
import { Seeded } from '../campaign/seeded.ts'
import { Addresses, goodPassword, prepareServer } from '../campaign/server.ts'
import { faultOptions } from '../injected-faults/injected-fault.ts'
import type { FaultName, Invariant } from './invariants.ts'
import { Owners } from './owners.ts'

/** Half of the kills happen at some time, half just after an acknowledgement: somewhere in the next transfer. */
const longestMilliseconds = 60
const mostAcknowledgements = 20
const longestAfterMilliseconds = 5
/** Access tokens live 600 s. None may expire in the middle of a round. */
const sessionMilliseconds = 400_000

const users = ['ada', 'bob'].map((username) => ({ username, password: goodPassword }))

/** One of the two users, logged in. */
interface Successor {
  readonly id: string
  readonly user: UserLogin
  readonly accessToken: string
}

type Report = (invariant: Invariant, detail: string) => void

/** Runs the campaign until the first kill that violates an invariant. */
export async function runOwnership(options: KillingOptions<FaultName>): Promise<KillingState<Invariant>> {
  const losses: Loss<Invariant>[] = []
  let kills = 0
  await using run = await TransferRun.begin(options)
  while (kills < options.kills && losses.length === 0) {
    kills++
    await run.round((invariant, detail) => losses.push({ kill: kills, invariant, detail }))
    options.progress({ kills, tally: run.tally, losses })
  }
  return { kills, tally: run.tally, losses }
}

class TransferRun implements AsyncDisposable {
  readonly tally = { acknowledged: 0, foundDone: 0, foundUndone: 0 }
  readonly #server: ServerRun
  readonly #database: CampaignDatabase
  readonly #cleanup: AsyncDisposableStack
  readonly #random: Seeded
  readonly #start: { readonly nodeOptions: readonly string[] }
  readonly #addresses = new Addresses()
  #successors: readonly [Successor, Successor] | undefined
  #loggedInAt = 0
  /** The id of the owner, as far as it was acknowledged. */
  #owner: string | undefined

  private constructor(
    { server, database }: { server: ServerRun; database: CampaignDatabase },
    { seed, fault }: KillingOptions<FaultName>,
    cleanup: AsyncDisposableStack,
  ) {
    this.#server = server
    this.#database = database
    this.#cleanup = cleanup
    this.#random = new Seeded(seed)
    this.#start = { nodeOptions: faultOptions(fault) }
  }

  static async begin(options: KillingOptions<FaultName>): Promise<TransferRun> {
    const { folder, fault } = options
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await openDatabase(options))
    const server = stack.use(
      await prepareServer({ folder, flags: ['--dialects', 'none'], isOpen: fault !== undefined, env: database.env }),
    )
    for (const [at, user] of users.entries()) await server.user(user, at === 0 ? 'owner' : 'manager')
    // The users log in without the fault, which has to be found in the transfers.
    await server.serve()
    const run = new TransferRun({ server, database }, options, stack.move())
    await run.#loggedIn()
    await server.restart(run.#start)
    return run
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync()
  }

  /** Transfers while the database is read, a kill, a restart, and the checks. */
  async round(report: Report): Promise<void> {
    const killed = { done: false }
    const watching = this.#watch(killed, report)
    let unanswered: string | undefined
    try {
      unanswered = await this.#transferAndKill(await this.#loggedIn(), report)
    } finally {
      killed.done = true
      await watching
    }
    await this.#server.serve(this.#start)
    await this.#inspect(unanswered, report)
  }

  /** Kills the server during transfers. @returns The new owner of the transfer without an answer. */
  async #transferAndKill(successors: readonly [Successor, Successor], report: Report): Promise<string | undefined> {
    const kill = Promise.withResolvers<void>()
    const wanted = this.tally.acknowledged + 1 + this.#random.below(mostAcknowledgements)
    const byTime = this.#random.below(2) === 0
    if (byTime) setTimeout(kill.resolve, this.#random.below(longestMilliseconds))
    const after = this.#random.below(longestAfterMilliseconds)
    const work = this.#transferUntilLost(successors, report, () => {
      if (!byTime && this.tally.acknowledged === wanted) setTimeout(kill.resolve, after)
    })
    await Promise.race([kill.promise, work])
    await this.#server.end('SIGKILL')
    return work
  }

  /** A session never has more permissions than its user had at login. So each user logs in as the owner. */
  async #loggedIn(): Promise<readonly [Successor, Successor]> {
    if (this.#successors && Date.now() - this.#loggedInAt < sessionMilliseconds) return this.#successors
    const isSecond = this.#successors !== undefined && this.#successors[1].id === this.#owner
    const [owner, other] = isSecond ? [users[1], users[0]] : users
    if (!owner || !other) throw new Error('there must be two users')
    const first = await this.#logIn(owner)
    const { id } = await this.#logIn(other)
    using calls = await Calls.open(this.#server.endpoint)
    await calls.transferOwnership(proofOf(first), id)
    this.tally.acknowledged++
    this.#owner = id
    const second = await this.#logIn(other)
    this.#successors = owner === users[0] ? [first, second] : [second, first]
    this.#loggedInAt = Date.now()
    return this.#successors
  }

  async #logIn(user: UserLogin): Promise<Successor> {
    using calls = await Calls.open(this.#server.endpoint, this.#addresses.next())
    const { access_token: accessToken } = await calls.logIn(user)
    return { id: await calls.userId(accessToken), user, accessToken }
  }

  /** Transfers from one to the other and back. @returns The new owner of the transfer without an answer. */
  async #transferUntilLost(
    successors: readonly [Successor, Successor],
    report: Report,
    acknowledged: () => void,
  ): Promise<string | undefined> {
    let next: string | undefined
    try {
      using calls = await Calls.open(this.#server.endpoint)
      for (;;) {
        const [from, to] = this.#owner === successors[0].id ? successors : [successors[1], successors[0]]
        next = to.id
        await calls.transferOwnership(proofOf(from), to.id)
        this.tally.acknowledged++
        this.#owner = to.id
        acknowledged()
      }
    } catch (error) {
      if (error instanceof UnexpectedAnswer) report('answers', error.message)
      // A kill may come before the connection: then there is no transfer without an answer.
      else if (next !== undefined && !(error instanceof ConnectionLost)) throw error
      return next
    }
  }

  /** Reads the database until the kill: there must always be one owner. */
  async #watch(killed: { readonly done: boolean }, report: Report): Promise<void> {
    await using owners = new Owners(this.#database, this.#server)
    while (!killed.done) {
      const found = await owners.list()
      if (found.length !== 1) return report('one', `${found.length} owners while the server runs`)
      await pause(0)
    }
  }

  async #inspect(unanswered: string | undefined, report: Report): Promise<void> {
    await using owners = new Owners(this.#database, this.#server)
    await owners.quiet()
    const found = await owners.list()
    const [owner] = found
    if (found.length !== 1) return report('one', `${found.length} owners after the start`)
    const isDone = unanswered !== undefined && owner === unanswered
    if (!isDone && owner !== this.#owner) report('kept', 'an acknowledged transfer was undone')
    if (unanswered !== undefined) this.tally[isDone ? 'foundDone' : 'foundUndone']++
    this.#owner = owner
    const { transfers, lastOwner } = await owners.trail()
    const done = this.tally.acknowledged + this.tally.foundDone
    if (transfers !== done) report('whole', `${done} transfers were done, and the audit trail has ${transfers}`)
    if (transfers > 0 && lastOwner !== owner) report('whole', 'the audit trail ends with another owner')
    for (const error of await owners.faults()) report('sound', error)
    using calls = await Calls.open(this.#server.endpoint)
    for (const { id, user, accessToken } of this.#successors ?? []) {
      const rights = await calls.isOwner(accessToken)
      if (rights !== (id === owner)) report('rights', `${user.username} may ${rights ? '' : 'not '}act as owner`)
    }
  }
}

const proofOf = ({ user, accessToken }: Successor) => ({ accessToken, password: user.password })
