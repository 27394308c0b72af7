import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '@countersign/core'
import type { Engine, EngineFacts, Executor, Statistics, Unit } from '../engine.ts'
import { type Pause, timerPause } from '../pause.ts'
import type { Key, Statement } from '../statement.ts'
import { Changes } from './changes.ts'
import { compiler } from './compiler.ts'
import { openReader, openWriter, readSettings, versionOf } from './connection.ts'
import { dataFiles, FilesInUse, lookAt, secureDataFile } from './data-file.ts'
import { sqliteDdl } from './ddl.ts'
import { isBusy, storeFault } from './fault.ts'
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts'
import { committed, KnownAnswers, keyOf } from './known-answers.ts'
import { isInMemory } from './memory.ts'
import { Statements } from './statements.ts'

export interface SqliteOptions {
  /** The database file. Its folder must exist; the file is made if there is none. Or a `memoryPath()`. */
  readonly path: string
  readonly pause?: Pause | undefined
  /** How long to wait for a lock that another process holds. Default is 2000. */
  readonly lockLimitMilliseconds?: number | undefined
  /** For tests: each commit proves that the answers which are still known are right. Default is false. */
  readonly provesKnownAnswers?: boolean | undefined
}

/**
 * The embedded engine: SQLite, built into Node.js, in WAL mode with `synchronous=FULL`. One connection writes (see
 * `GroupCommit`), one reads beside it. Several processes may open the same file.
 *
 * @throws StoreOpenError
 */
export const openSqlite = async (options: SqliteOptions): Promise<Engine> => {
  const { path, pause = timerPause, lockLimitMilliseconds = 2000, provesKnownAnswers: areProved } = options
  if (!isInMemory(path)) secureDataFile(path)
  const writer = await openWriter(path, pause, lockLimitMilliseconds)
  try {
    const reader = openReader(path)
    const answers = new KnownAnswers(writer, { areProved })
    return new SqliteEngine(path, writer, reader, answers, { pause, lockLimitMilliseconds })
  } catch (error) {
    writer.close()
    throw error
  }
}

type Waits = Pick<GroupCommitOptions, 'pause' | 'lockLimitMilliseconds'>

class SqliteEngine implements Engine {
  readonly ddl = sqliteDdl
  readonly read: Executor
  readonly pause: Pause
  readonly #path: string
  /** Nothing can replace a database in memory. */
  readonly #files: Pick<FilesInUse, 'areInPlace'>
  readonly #writer: DatabaseSync
  readonly #reader: DatabaseSync
  readonly #waits: Waits
  readonly #group: GroupCommit
  readonly #answers: KnownAnswers
  /** By the units of the transaction that is open. After one that was rolled back, more than was changed is forgotten. */
  readonly #changes = new Changes()
  readonly #listeners = new Set<() => void>()
  #reads = 0
  #known = 0
  #closing: Promise<void> | undefined

  constructor(path: string, writer: DatabaseSync, reader: DatabaseSync, answers: KnownAnswers, waits: Waits) {
    this.#path = path
    this.#files = isInMemory(path) ? { areInPlace: () => true } : new FilesInUse(path)
    this.#writer = writer
    this.#reader = reader
    this.#waits = waits
    this.pause = waits.pause
    this.#answers = answers
    this.read = this.#readExecutor(new Statements(reader, compiler))
    this.#group = new GroupCommit(writer, writeExecutor(new Statements(writer, compiler), this.#changes), {
      ...waits,
      onCommit: () => {
        committed()
        this.#answers.forget(this.#changes)
        this.#changes.clear()
        for (const listener of this.#listeners) listener()
      },
      isInPlace: () => this.#files.areInPlace(),
    })
  }

  /** Units run one after another: each is alone on everything. */
  write<T>(_: readonly Key[], unit: Unit<T>): Promise<T> {
    return this.#group.write(unit)
  }

  async snapshot<T>(reads: Unit<T>): Promise<T> {
    const reader = openReader(this.#path)
    try {
      reader.exec('begin')
      return await reads(snapshotExecutor(new Statements(reader, compiler)))
    } catch (error) {
      throw storeFault(error)
    } finally {
      reader.close()
    }
  }

  onCommit(listener: () => void): () => void {
    const own = () => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  statistics(): Statistics {
    return { reads: this.#reads, known: this.#known, writes: this.#group.units, commits: this.#group.commits }
  }

  isInPlace(): boolean {
    const inPlace = this.#files.areInPlace()
    if (!inPlace) this.#group.lose()
    return inPlace
  }

  async serverTime(): Promise<undefined> {}

  async check(): Promise<EngineFacts> {
    try {
      const complaints = this.#reader
        .prepare('pragma quick_check')
        .all()
        .flatMap((row) => Object.values(row))
        .map(String)
      return {
        engine: 'sqlite',
        version: versionOf(this.#writer),
        settings: { ...readSettings(this.#writer) },
        faults: complaints.filter((complaint) => complaint !== 'ok'),
        files: (isInMemory(this.#path) ? [] : dataFiles(this.#path)).flatMap((path) => {
          const facts = lookAt(path)
          return facts === undefined ? [] : [{ path, mode: (facts.mode & 0o7777).toString(8).padStart(4, '0') }]
        }),
        replaced: !this.#files.areInPlace(),
      }
    } catch (error) {
      throw storeFault(error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#group.stop(new Error('the store is closed'))
    this.#answers.close()
    this.#reader.close()
    // The writer is closed last: it folds the log into the database and removes it.
    this.#writer.close()
  }

  #readExecutor(statements: Statements): Executor {
    return {
      first: (statement, parameters) => this.#reading(statements, statement, parameters, firstOf),
      all: (statement, parameters) => this.#reading(statements, statement, parameters, allOf),
      conclude: (statement, parameters) => this.#reading(statements, statement, parameters, firstOf),
      run: () => Promise.reject(new TypeError('a write outside of a unit')),
    }
  }

  #reading<P, R, A>(
    statements: Statements,
    statement: Statement<P, R>,
    parameters: P,
    read: Read<P, R, A>,
  ): Promise<A> {
    if (!statement.uncounted) this.#reads++
    try {
      return Promise.resolve(this.#answer(statements, statement, parameters, read))
    } catch (error) {
      return this.#readAgain(error, () => this.#answer(statements, statement, parameters, read))
    }
  }

  #answer<P, R, A>(statements: Statements, statement: Statement<P, R>, parameters: P, read: Read<P, R, A>): A {
    if (!statement.remembered) return read(statements, readOnly(statements, statement), parameters)
    const key = keyOf(statements.values(statement, parameters))
    const known = this.#answers.find(statement, key)
    if (known) {
      if (!statement.uncounted) this.#known++
      return known.answer as A
    }
    const answer = read(statements, readOnly(statements, statement), parameters)
    const again = () => read(statements, statement, parameters)
    this.#answers.remember(statement, statements.compiled(statement), parameters, key, answer, again)
    return answer
  }

  /** A reader waits only while another process recovers or closes the log. */
  async #readAgain<A>(fault: unknown, read: () => A): Promise<A> {
    let error = fault
    let deadline: number | undefined
    for (;;) {
      if (!isBusy(error)) throw storeFault(error)
      const now = this.#waits.pause.elapsedMilliseconds()
      deadline ??= now + this.#waits.lockLimitMilliseconds
      if (now >= deadline) throw new StoreError('unavailable', error)
      await this.#waits.pause.wait(1)
      try {
        return read()
      } catch (next) {
        error = next
      }
    }
  }
}

/** `first` or `all`. */
type Read<P, R, A> = (statements: Statements, statement: Statement<P, R>, parameters: P) => A

const firstOf = <P, R>(statements: Statements, statement: Statement<P, R>, parameters: P): R | undefined =>
  statements.first(statement, parameters)

const allOf = <P, R>(statements: Statements, statement: Statement<P, R>, parameters: P): readonly R[] =>
  statements.all(statement, parameters)

const readOnly = <P, R>(statements: Statements, statement: Statement<P, R>): Statement<P, R> => {
  if (!statements.compiled(statement).reads) throw new TypeError('a write outside of a unit')
  return statement
}

const snapshotExecutor = (statements: Statements): Executor => ({
  first: async (statement, parameters) => statements.first(readOnly(statements, statement), parameters),
  conclude: async (statement, parameters) => statements.first(readOnly(statements, statement), parameters),
  all: async (statement, parameters) => statements.all(readOnly(statements, statement), parameters),
  run: async () => {
    throw new TypeError('a write outside of a unit')
  },
})

/** Inside a unit the driver's errors are left as they are: `GroupCommit` translates them once the unit is undone. */
const writeExecutor = (statements: Statements, changes: Changes): Executor => {
  const noted = <P, R>(statement: Statement<P, R>, parameters: P): Statement<P, R> => {
    const compiled = statements.compiled(statement)
    if (!compiled.reads) changes.add(statement, compiled, parameters)
    return statement
  }
  return {
    first: async (statement, parameters) => statements.first(noted(statement, parameters), parameters),
    conclude: async (statement, parameters) => statements.first(noted(statement, parameters), parameters),
    all: async (statement, parameters) => statements.all(noted(statement, parameters), parameters),
    run: async (statement, parameters) => statements.run(noted(statement, parameters), parameters),
  }
}
