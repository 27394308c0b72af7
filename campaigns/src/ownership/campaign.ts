// kill -9 while the ownership changes hands (N-142), again and again on one data folder.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection, ConnectionLost } from '../../../apps/server/src/testing/process/connection.ts'
import { freePort } from '../../../apps/server/src/testing/process/free-port.ts'
import type { Program } from '../../../apps/server/src/testing/process/program.ts'
import { createUser, databaseOf, type Place, serve } from '../../../apps/server/src/testing/process/server-run.ts'
import type { KillingOptions, KillingState, Loss } from '../campaign/killing.ts'
import { Seeded } from '../campaign/seeded.ts'
import { plantOptions } from '../injected-faults/injected-fault.ts'
import type { Invariant, PlantName } from './invariants.ts'
import { Owners } from './owners.ts'
import { type Heir, isOwner, logIn, transfer, UnexpectedAnswer } from './successors.ts'

/** Half of the kills strike at some time, half just after an acknowledgement: somewhere in the transfer after it. */
const longestMilliseconds = 60
const mostAcknowledgements = 20
const longestAfterMilliseconds = 5
/** Access tokens live 600 s; nobody shall need a new one in the middle of a round. */
const sessionMilliseconds = 400_000

const flags = ['--trusted-proxies', '127.0.0.1', '--dialects', 'none']
const people = ['ada', 'bob'].map((username) => ({ username, password: 'a password that is long enough' }))

type Report = (invariant: Invariant, detail: string) => void

/** Runs the campaign. It stops at the first kill after which something was lost. */
export async function runOwnership(options: KillingOptions<PlantName>): Promise<KillingState<Invariant>> {
  const losses: Loss<Invariant>[] = []
  let kills = 0
  await using house = await House.begin(options)
  while (kills < options.kills && losses.length === 0) {
    kills++
    await house.round((invariant, detail) => losses.push({ kill: kills, invariant, detail }))
    options.progress({ kills, tally: house.tally, losses })
  }
  return { kills, tally: house.tally, losses }
}

class House {
  readonly tally = { acknowledged: 0, foundDone: 0, foundUndone: 0 }
  readonly #folder: string
  readonly #place: Place
  readonly #random: Seeded
  readonly #serve: () => Promise<Program>
  #server: Program
  #heirs: readonly [Heir, Heir] | undefined
  #loggedInAt = 0
  #addresses = 0
  /** By id, as far as it was acknowledged. */
  #owner: string | undefined

  private constructor(folder: string, place: Place, random: Seeded, start: () => Promise<Program>, server: Program) {
    this.#folder = folder
    this.#place = place
    this.#random = random
    this.#serve = start
    this.#server = server
  }

  static async begin({ folder: base, seed, plant }: KillingOptions<PlantName>): Promise<House> {
    const folder = await mkdtemp(join(base ?? tmpdir(), 'countersign-ownership-'))
    const place = { data: join(folder, 'data'), endpoint: { host: '127.0.0.1', port: await freePort() } }
    for (const [at, person] of people.entries()) await createUser(place, person, at === 0 ? 'owner' : 'manager')
    const start = () => serve(place, { flags, nodeOptions: plantOptions(plant) })
    // People log in at a sound server: what is at fault is to be found where the ownership changes hands.
    const house = new House(folder, place, new Seeded(seed), start, await serve(place, { flags }))
    await house.#loggedIn()
    await house.#server.end('SIGTERM')
    house.#server = await start()
    return house
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.end('SIGKILL')
    await rm(this.#folder, { recursive: true })
  }

  /** Transfers, watched; kill; restart; and the questions. */
  async round(report: Report): Promise<void> {
    const cut = { done: false }
    const watching = this.#watch(cut, report)
    let unanswered: string | undefined
    try {
      unanswered = await this.#cutShort(await this.#loggedIn(), report)
    } finally {
      cut.done = true
      await watching
    }
    this.#server = await this.#serve()
    await this.#inspect(unanswered, report)
  }

  /** Kills the server while transfers are under way; resolves with the heir of the one without an answer. */
  async #cutShort(heirs: readonly [Heir, Heir], report: Report): Promise<string | undefined> {
    const strike = Promise.withResolvers<void>()
    const wanted = this.tally.acknowledged + 1 + this.#random.below(mostAcknowledgements)
    const byTime = this.#random.below(2) === 0
    if (byTime) setTimeout(strike.resolve, this.#random.below(longestMilliseconds))
    const after = this.#random.below(longestAfterMilliseconds)
    const work = this.#transferUntilCut(heirs, report, () => {
      if (!byTime && this.tally.acknowledged === wanted) setTimeout(strike.resolve, after)
    })
    await Promise.race([strike.promise, work])
    await this.#server.end('SIGKILL')
    return work
  }

  /** A session may never do more than its person might at login: each logs in as the owner. */
  async #loggedIn(): Promise<readonly [Heir, Heir]> {
    if (this.#heirs && Date.now() - this.#loggedInAt < sessionMilliseconds) return this.#heirs
    const { endpoint } = this.#place
    const address = () => `10.0.${++this.#addresses >> 8}.${this.#addresses & 255}`
    const isSecond = this.#heirs !== undefined && this.#heirs[1].id === this.#owner
    const [owner, other] = isSecond ? [people[1], people[0]] : people
    if (!owner || !other) throw new Error('there are two people')
    const first = await logIn(endpoint, owner, address())
    const heir = await logIn(endpoint, other, address())
    const connection = await Connection.open(endpoint)
    await transfer(connection, endpoint, first, heir)
    connection.close()
    this.tally.acknowledged++
    this.#owner = heir.id
    const second = await logIn(endpoint, other, address())
    this.#heirs = owner === people[0] ? [first, second] : [second, first]
    this.#loggedInAt = Date.now()
    return this.#heirs
  }

  /** From one to the other and back. Resolves, when the server is gone, with the heir of the transfer without an answer. */
  async #transferUntilCut(
    heirs: readonly [Heir, Heir],
    report: Report,
    acknowledged: () => void,
  ): Promise<string | undefined> {
    const { endpoint } = this.#place
    const connection = await Connection.open(endpoint).catch(() => undefined)
    if (!connection) return undefined
    let heir: string | undefined
    try {
      for (;;) {
        const [from, to] = this.#owner === heirs[0].id ? heirs : [heirs[1], heirs[0]]
        heir = to.id
        await transfer(connection, endpoint, from, to)
        this.tally.acknowledged++
        this.#owner = to.id
        acknowledged()
      }
    } catch (error) {
      if (error instanceof UnexpectedAnswer) report('answers', error.message)
      else if (!(error instanceof ConnectionLost)) throw error
      return heir
    } finally {
      connection.close()
    }
  }

  /** Whoever reads, whenever: one owner. */
  async #watch(cut: { readonly done: boolean }, report: Report): Promise<void> {
    using owners = new Owners(databaseOf(this.#place))
    while (!cut.done) {
      const found = owners.list()
      if (found.length !== 1) return report('one', `${found.length} owners while the server runs`)
      await pause(0)
    }
  }

  async #inspect(unanswered: string | undefined, report: Report): Promise<void> {
    using owners = new Owners(databaseOf(this.#place))
    const found = owners.list()
    const [owner] = found
    if (found.length !== 1) return report('one', `${found.length} owners after the start`)
    const isDone = unanswered !== undefined && owner === unanswered
    if (!isDone && owner !== this.#owner) report('kept', 'an acknowledged transfer was undone')
    if (unanswered !== undefined) this.tally[isDone ? 'foundDone' : 'foundUndone']++
    this.#owner = owner
    const { transfers, lastHeir } = owners.trail()
    const done = this.tally.acknowledged + this.tally.foundDone
    if (transfers !== done) report('whole', `${done} transfers were done, and the trail knows ${transfers}`)
    if (transfers > 0 && lastHeir !== owner) report('whole', 'the last heir in the trail is not the owner')
    for (const complaint of owners.complaints()) report('sound', complaint)
    for (const heir of this.#heirs ?? []) {
      const rights = await isOwner(this.#place.endpoint, heir)
      if (rights !== (heir.id === owner))
        report('rights', `${heir.person.username} may ${rights ? '' : 'not '}act as owner`)
    }
  }
}
