import { StoreError } from '@countersign/core'
import type { Engine, EngineFacts, Executor, Statistics, Unit, WriteOptions } from '../engine.ts'
import { timerPause } from '../pause.ts'
import type { Key, Statement } from '../statement.ts'
import { oneOf, parseAddress, wholeNumber } from './address.ts'
import { postgresDdl } from './ddl.ts'
import { isSkipped, NoConnection, PostgresFault, storeFault } from './fault.ts'
import { countOthers, isFenced, lacksSchema, makeLockRows, timeOf } from './preparation.ts'
import { SchemaFence } from './schema-fence.ts'
import { factsOf, requireUsable } from './server-facts.ts'
import { serverSessions } from './server-sessions.ts'
import { lent, type Query, type Result, type Sessions } from './session.ts'
import { decodeAll, Statements } from './statements.ts'
import { BriefUnits } from './together/brief-units.ts'
import { Reads } from './together/reads.ts'
import { type Beginning, mostRetries, runSnapshot, runUnit, type Timeouts } from './units.ts'

export interface PostgresOptions {
  /** A connection URI as libpq has it. */
  readonly url: string
  /** Default is what the URL says, or 5 s and 2 s. */
  readonly timeouts?: Timeouts
}

export interface PostgresEngine extends Engine {
  /** Whether the database has no table of ours yet. */
  isEmpty(): Promise<boolean>
  /** Whether transactions of a program that knows another schema would fail. */
  isFenced(version: number): Promise<boolean>
  /** From now on nothing is read or written where the database has another schema. */
  requireSchema(version: number): void
  /** How many other sessions the database has, of whichever program. */
  othersConnected(): Promise<number>
  /** Makes the rows that units wait for each other on. Can be run again, and by several instances at once. */
  prepare(): Promise<void>
}

/**
 * The engine for several instances: a PostgreSQL server, or another database that speaks its protocol. Each unit is one transaction
 * on a connection of a pool, and each read one statement. Nothing is remembered, since another instance may have committed: where an
 * engine may remember an answer, this one shares it among those who ask at the same time.
 *
 * @throws StoreOpenError
 */
export const openPostgres = async ({ url, timeouts: given }: PostgresOptions): Promise<PostgresEngine> => {
  const address = parseAddress(url)
  const timeouts = given ?? {
    statement: wholeNumber(address, 'statement_timeout', 5000),
    lock: wholeNumber(address, 'lock_timeout', 2000),
  }
  const areNamed = oneOf(address, 'prepared_statements', ['on', 'off']) !== 'off'
  return openSessions(serverSessions(address, timeouts), { timeouts, areNamed })
}

export interface SessionsOptions {
  readonly timeouts: Timeouts
  /** Whether connections keep prepared statements. */
  readonly areNamed: boolean
}

/** The same on connections that are there already. Closes them with the engine. */
export const openSessions = async (sessions: Sessions, options: SessionsOptions): Promise<PostgresEngine> => {
  try {
    await requireUsable(sessions)
    return new EngineOnSessions(sessions, options)
  } catch (error) {
    await sessions.close()
    throw error
  }
}

class EngineOnSessions implements PostgresEngine {
  readonly ddl = postgresDdl
  readonly pause = timerPause
  readonly read: Executor
  readonly #sessions: Sessions
  readonly #reads: Reads
  readonly #together = (query: Query): Promise<Result> => this.#reads.ask(query)
  readonly #statements: Statements
  readonly #brief: BriefUnits
  readonly #beginning: Beginning
  readonly #fence: SchemaFence
  readonly #listeners = new Set<() => void>()
  readonly #units = new Set<Promise<unknown>>()
  #readCount = 0
  #writes = 0
  #commits = 0
  #closing: Promise<void> | undefined

  constructor(sessions: Sessions, { timeouts, areNamed }: SessionsOptions) {
    this.#sessions = sessions
    this.#reads = new Reads(sessions)
    this.#fence = new SchemaFence(this.pause)
    this.#beginning = { timeouts, fence: this.#fence }
    this.#statements = new Statements(areNamed)
    this.#brief = new BriefUnits(sessions, this.#statements, this.#beginning)
    this.read = {
      first: async (statement, parameters) => decodeAll(statement, await this.#ask(statement, parameters))[0],
      all: async (statement, parameters) => decodeAll(statement, await this.#ask(statement, parameters)),
      conclude: async (statement, parameters) => decodeAll(statement, await this.#ask(statement, parameters))[0],
      run: () => Promise.reject(new TypeError('a write outside of a unit')),
    }
  }

  async write<T>(aloneOn: readonly Key[], unit: Unit<T>, { isBrief = false }: WriteOptions = {}): Promise<T> {
    if (this.#closing) throw closed()
    this.#writes++
    const value = await this.#finished(
      isBrief ? this.#brief.run(unit) : runUnit(this.#sessions, this.#statements, this.#beginning, aloneOn, unit),
    )
    this.#commits++
    for (const listener of this.#listeners) listener()
    return value
  }

  async snapshot<T>(reads: Unit<T>): Promise<T> {
    if (this.#closing) throw closed()
    await this.#fence.confirm(this.#together)
    return await this.#finished(runSnapshot(this.#sessions, this.#statements, this.#beginning, reads))
  }

  /** What `close` waits for. */
  async #finished<T>(running: Promise<T>): Promise<T> {
    this.#units.add(running)
    try {
      return await running
    } catch (error) {
      throw this.#fence.errorOf(error) ?? storeFault(error)
    } finally {
      this.#units.delete(running)
    }
  }

  onCommit(listener: () => void): () => void {
    const own = () => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  statistics(): Statistics {
    return { reads: this.#readCount, known: 0, writes: this.#writes, commits: this.#commits }
  }

  /** A server that was replaced cuts its connections. */
  isInPlace(): boolean {
    return true
  }

  serverTime(): Promise<number> {
    return this.#answer(timeOf)
  }

  check(): Promise<EngineFacts> {
    return this.#answer(factsOf)
  }

  isEmpty(): Promise<boolean> {
    return this.#answer(lacksSchema)
  }

  isFenced(version: number): Promise<boolean> {
    return this.#answer((sessions) => isFenced(sessions, version))
  }

  requireSchema(version: number): void {
    this.#fence.require(version)
  }

  othersConnected(): Promise<number> {
    return this.#answer(countOthers)
  }

  prepare(): Promise<void> {
    return this.#answer(makeLockRows)
  }

  async #answer<T>(question: (sessions: Sessions) => Promise<T>): Promise<T> {
    if (this.#closing) throw closed()
    try {
      return await question(this.#sessions)
    } catch (error) {
      throw storeFault(error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#units)
    await this.#sessions.close()
  }

  async #ask<P>(statement: Statement<P, unknown>, parameters: P): Promise<Result> {
    if (this.#closing) throw closed()
    if (!this.#statements.reads(statement)) throw new TypeError('a write outside of a unit')
    if (!statement.uncounted) this.#readCount++
    for (let retries = 0; ; retries++) {
      try {
        const query = this.#statements.queryOf(statement, parameters)
        if (statement.remembered) return await this.#fence.ask(this.#together, query)
        return await lent(this.#sessions, (session) => this.#fence.ask((asked) => session.query(asked), query))
      } catch (error) {
        // Asked again where a connection that was idle has been cut, or another's statement could not be parsed.
        const mayAsk = error instanceof PostgresFault && retries < mostRetries && !(error instanceof NoConnection)
        const again = mayAsk && (error.isOfConnection || isSkipped(error) || this.#statements.giveUpNames(error))
        if (!again) throw storeFault(error)
      }
    }
  }
}

const closed = (): StoreError => new StoreError('unavailable', new Error('the store is closed'))
