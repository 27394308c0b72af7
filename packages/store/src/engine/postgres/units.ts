import type { Executor, Unit } from '../engine.ts'
import type { Key, Statement } from '../statement.ts'
import { isConflicting, isTaken, isUnexpected, PostgresFault } from './fault.ts'
import { lockRows, rowOf } from './locks.ts'
import type { SchemaFence } from './schema-fence.ts'
import type { Query, Result, Session, Sessions } from './session.ts'
import { decodeAll, type Statements } from './statements.ts'

export interface Timeouts {
  /** Milliseconds that a statement may take; 0 is without limit. */
  readonly statement: number
  /** Milliseconds that a statement waits for a lock; 0 is without limit. */
  readonly lock: number
}

/** How transactions begin. */
export interface Beginning {
  readonly timeouts: Timeouts
  readonly fence: Pick<SchemaFence, 'reading'>
}

/** A unit that met a conflict is run again so often at most, and so is a read whose connection was lost. */
export const mostRetries = 3

/**
 * Runs a unit in a transaction. After a deadlock or a serialization failure it is run again, once after a unique value was taken,
 * and also where the connection was lost before the commit was asked for: then nothing of it can have been committed.
 *
 * A connection that is lost during the commit leaves open what became of it. The unit is not run again.
 *
 * @throws PostgresFault; what the unit throws.
 */
export const runUnit = async <T>(
  sessions: Sessions,
  statements: Statements,
  beginning: Beginning,
  aloneOn: readonly Key[],
  unit: Unit<T>,
): Promise<T> => {
  let expects = true
  for (let retries = 0; ; retries++) {
    const session = await sessions.take()
    const transaction = new Transaction(session, statements, beginning, expects)
    try {
      const value = await transaction.run(aloneOn, unit)
      session.release(false)
      return value
    } catch (error) {
      session.release(!(await transaction.undo()))
      // The unit may have made another error of it.
      const fault = transaction.fault ?? error
      if (!(fault instanceof PostgresFault) || retries === mostRetries) throw fault
      const isUnmet = expects && isUnexpected(fault)
      if (isUnmet) expects = false
      const again =
        isUnmet ||
        isConflicting(fault) ||
        (isTaken(fault) && retries === 0) ||
        statements.giveUpNames(fault) ||
        (!transaction.isCommitting && fault.isOfConnection)
      if (!again) throw fault
    }
  }
}

/**
 * Runs reads on one state of the database. They are not run again, since what they read has been passed on.
 *
 * @throws PostgresFault; what the reads throw.
 */
export const runSnapshot = async <T>(
  sessions: Sessions,
  statements: Statements,
  beginning: Beginning,
  reads: Unit<T>,
): Promise<T> => {
  const session = await sessions.take()
  const transaction = new Transaction(session, statements, beginning, false)
  try {
    return await transaction.read(reads)
  } finally {
    session.release(!(await transaction.undo()))
  }
}

/** One run of a unit, or of several. */
export class Transaction {
  /** The first fault of a statement: nothing can be committed after it. */
  fault: PostgresFault | undefined
  /** Whether each unit would have met the fault by itself. */
  isOfAll = false
  isCommitting = false
  readonly #session: Session
  readonly #statements: Statements
  readonly #beginning: Beginning
  /** Whether it goes on before it is known that an update has changed the row that it is expected to change. */
  readonly #expects: boolean
  readonly #locked = new Set<number>()
  /** Where several units share it: what is sent just before the commit. */
  #last: (() => void)[] | undefined
  #commit: Promise<Result> | undefined

  constructor(session: Session, statements: Statements, beginning: Beginning, expects: boolean) {
    this.#session = session
    this.#statements = statements
    this.#beginning = beginning
    this.#expects = expects
  }

  async run<T>(aloneOn: readonly Key[], unit: Unit<T>): Promise<T> {
    this.#begin()
    this.#lock(aloneOn)
    const concluded = (): void => {
      this.#commit = this.#sendCommit()
      this.#commit.catch(isKept)
    }
    const value = await unit(this.#executor(concluded))
    if (this.fault) throw this.fault
    await this.#committed(this.#commit ?? this.#sendCommit())
    return value
  }

  /** Each begins when the one before it has asked for everything. What one throws after that does not concern the others. */
  async runAll(units: readonly Unit<unknown>[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    this.#begin()
    const last: (() => void)[] = []
    this.#last = last
    const values: Promise<unknown>[] = []
    for (const unit of units) {
      await new Promise<void>((resolve, reject) => {
        const value = unit(this.#executor(resolve))
        values.push(value)
        value.then(() => resolve(), reject)
      })
    }
    if (this.fault) throw this.fault
    for (const send of last) send()
    const commit = this.#sendCommit()
    commit.catch(isKept)
    const results = await Promise.allSettled(values)
    await this.#committed(commit)
    return results
  }

  /**
   * The database answers a commit of a failed transaction with a rollback, and with no error; and where no transaction has begun, with a
   * commit.
   */
  async #committed(commit: Promise<Result>): Promise<void> {
    const { command } = await commit
    if (command === 'COMMIT' && this.fault === undefined) return
    this.isCommitting = false
    throw this.fault ?? new PostgresFault(undefined, `the database answered a commit with ${command}`, true)
  }

  async read<T>(reads: Unit<T>): Promise<T> {
    this.#sendOnly(this.#statementOf('begin isolation level repeatable read, read only'))
    this.#sendOnly(this.#statementOf(`set local statement_timeout = ${this.#beginning.timeouts.statement}`))
    const value = await reads(this.#executor(nothing))
    if (this.fault) throw this.fault
    return value
  }

  /** Returns whether the connection is outside of a transaction again. */
  async undo(): Promise<boolean> {
    if (this.fault?.isOfConnection === true) return false
    try {
      await this.#session.query({ text: 'rollback' })
      return true
    } catch (error) {
      if (error instanceof PostgresFault) return false
      throw error
    }
  }

  /**
   * The settings are of this transaction alone, so that a pooler may lend the connection to others. It is in the batch of what is sent next:
   * if it fails, nothing of that is executed.
   */
  #begin(): void {
    const { timeouts, fence } = this.#beginning
    const beginning = [
      'begin isolation level read committed',
      `set local statement_timeout = ${timeouts.statement}`,
      `set local lock_timeout = ${timeouts.lock}`,
      ...(fence.reading === undefined ? [] : [fence.reading]),
    ]
    for (const sql of beginning) this.#sendForAll(this.#statementOf(sql))
  }

  #statementOf(sql: string): Query {
    return this.#statements.queryOfText({ sql, values: [] })
  }

  /** @param concluded Called when the unit has asked for everything. */
  #executor(concluded: () => void): Executor {
    return {
      first: async (statement, parameters) => decodeAll(statement, await this.#execute(statement, parameters))[0],
      all: async (statement, parameters) => decodeAll(statement, await this.#execute(statement, parameters)),
      run: async (statement, parameters) => {
        const isExpected = this.#expects && statement.expected === true
        if (this.#last && statement.unanswered && statement.aloneOn !== undefined) {
          this.#last.push(() => void this.#execute(statement, parameters).catch(isKept))
          return 1
        }
        const result = this.#execute(statement, parameters, isExpected)
        if (!statement.unanswered && !isExpected) return (await result).count
        result.catch(isKept)
        return 1
      },
      conclude: async (statement, parameters) => {
        const answer = this.#execute(statement, parameters)
        concluded()
        return decodeAll(statement, await answer)[0]
      },
    }
  }

  #sendCommit(): Promise<Result> {
    this.isCommitting = true
    return this.#watch(this.#session.query({ text: 'commit' }))
  }

  /** After a fault nothing is sent. Otherwise, if the beginning has failed, it would be executed without a transaction. */
  #execute<P>(statement: Statement<P, unknown>, parameters: P, isExpected = false): Promise<Result> {
    if (this.fault) return Promise.reject(this.fault)
    if (statement.aloneOn !== undefined) this.#lock([statement.aloneOn])
    const query = isExpected
      ? this.#statements.expecting(statement, parameters)
      : this.#statements.queryOf(statement, parameters)
    return this.#watch(this.#session.query(query))
  }

  #lock(keys: readonly Key[]): void {
    const rows = [...new Set(keys.map(rowOf))].filter((row) => !this.#locked.has(row))
    if (rows.length === 0) return
    for (const row of rows) this.#locked.add(row)
    this.#sendForAll(this.#statements.queryOfText(lockRows(rows)))
  }

  /** What is sent next is executed after it. If it fails, the transaction has failed, and all that follows does too. */
  #sendOnly(query: Query): void {
    this.#watch(this.#session.query(query)).catch(isKept)
  }

  /** The same for what every unit of the transaction would wait for by itself. */
  #sendForAll(query: Query): void {
    this.#watch(this.#session.query(query)).catch((error: unknown) => {
      this.isOfAll ||= error === this.fault
    })
  }

  async #watch(result: Promise<Result>): Promise<Result> {
    try {
      return await result
    } catch (error) {
      if (error instanceof PostgresFault) this.fault ??= error
      throw error
    }
  }
}

const nothing = (): void => {}

/** The fault is kept by its transaction, and thrown at the latest with the commit. */
const isKept = (): void => {}
