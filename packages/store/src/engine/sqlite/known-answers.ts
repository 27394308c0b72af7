import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import type { Bindable, Compiled, RowsRead, Statement } from '../statement.ts'
import { type Changes, rowName } from './changes.ts'

type AnyStatement = Statement<never, unknown>

/** An answer, which may be `undefined`: there is no such row. */
interface Known {
  readonly answer: unknown
  isValid: boolean
  /** Only where known answers are proved. */
  readonly ask: (() => unknown) | undefined
}

/** What a statement depends on, and its answers by the values that were asked for. */
interface Remembered {
  /** Tables of which it depends on every row; `undefined`: on everything. */
  readonly wholly: ReadonlySet<string> | undefined
  readonly byRow: readonly string[]
  readonly answers: Map<string, Known>
}

/** After so many, all are dropped: about 16 MB of rows. */
const mostAnswers = 8192

/** Commits that this process has made, to whichever file: one turn of the event loop may commit and read on. */
let commits = 0

/** To be called after each commit of this process: the version is asked for again. */
export const committed = (): void => {
  commits++
}

export interface KnownAnswersOptions {
  /** For tests: after each commit, whatever is still known is asked again and compared. Default is false. */
  readonly areProved?: boolean | undefined
}

/**
 * Answers of remembered statements. One is valid until this process changes what it depends on, or another process commits anything.
 *
 * `PRAGMA data_version` shows a commit of another connection; SQLite validates its own page cache by the same number. It is asked of
 * the connection that writes, for which the commits of this engine are its own. It is read once in a turn of the event loop, before
 * the first answer. The requests of that turn arrived before, so no revocation that another process acknowledged earlier is missed.
 * After a commit of this process, which may be another engine's, it is read again within the turn.
 */
export class KnownAnswers {
  readonly #asked: StatementSync
  readonly #areProved: boolean
  readonly #statements = new Map<AnyStatement, Remembered>()
  /** By table and row: the answers that depend on it. */
  readonly #byRow = new Map<string, Known[]>()
  #count = 0
  #version: unknown
  /** The count of commits at which the version was asked for, in this turn; `undefined` if it was not. */
  #checkedAt: number | undefined

  /** @param writer The connection that all units of this engine write through. */
  constructor(writer: DatabaseSync, { areProved = false }: KnownAnswersOptions = {}) {
    this.#asked = writer.prepare('pragma data_version')
    this.#asked.setReturnArrays(true)
    this.#areProved = areProved
  }

  /** What is known of a statement with these values. The answer is shared: no caller may change it. */
  find(statement: AnyStatement, key: string): Known | undefined {
    if (this.#checkedAt !== commits) this.#check()
    const known = this.#statements.get(statement)?.answers.get(key)
    return known?.isValid ? known : undefined
  }

  /**
   * To be called in the same step as `find`, so that nothing was committed in between.
   *
   * @param ask Asks the database again.
   */
  remember<P, R>(
    statement: Statement<P, R>,
    compiled: Compiled,
    parameters: P,
    key: string,
    answer: unknown,
    ask: () => unknown,
  ): void {
    if (this.#count >= mostAnswers) this.#forgetAll()
    const of = this.#rememberedOf(statement as AnyStatement, compiled)
    const known: Known = { answer, isValid: true, ask: this.#areProved ? ask : undefined }
    of.answers.set(key, known)
    this.#count++
    const rowsRead = statement.rowsRead as Readonly<Record<string, RowsRead<P, R>>> | undefined
    for (const table of of.byRow) {
      for (const row of rowsRead?.[table]?.(parameters, answer as R | undefined) ?? []) {
        const name = rowName(table, row)
        const others = this.#byRow.get(name)
        if (others === undefined) this.#byRow.set(name, [known])
        else others.push(known)
      }
    }
  }

  #rememberedOf(statement: AnyStatement, { tables }: Compiled): Remembered {
    const known = this.#statements.get(statement)
    if (known) return known
    const byRow = Object.keys(statement.rowsRead ?? {})
    const wholly = tables && new Set([...tables].filter((table) => !byRow.includes(table)))
    const remembered: Remembered = { wholly, byRow, answers: new Map() }
    this.#statements.set(statement, remembered)
    return remembered
  }

  /** Forgets what depends on what a commit of this engine has changed. */
  forget(changes: Changes): void {
    if (changes.areUnknown) this.#forgetAll()
    else {
      for (const { wholly, byRow, answers } of this.#statements.values()) {
        const isChanged =
          wholly === undefined
            ? !changes.areNone
            : changes.someTable((table, isWhole) => wholly.has(table) || (isWhole && byRow.includes(table)))
        if (isChanged) answers.clear()
      }
      for (const row of changes.rows) {
        for (const known of this.#byRow.get(row) ?? []) known.isValid = false
        this.#byRow.delete(row)
      }
    }
    if (this.#areProved) this.#prove()
  }

  #prove(): void {
    for (const { answers } of this.#statements.values()) {
      for (const { answer, isValid, ask } of answers.values()) {
        if (!isValid || ask === undefined) continue
        const now = ask()
        if (!isDeepStrictEqual(now, answer)) {
          throw new Error(`a known answer was kept although a commit has changed it: ${JSON.stringify([answer, now])}`)
        }
      }
    }
  }

  #check(): void {
    const [version] = this.#asked.get() as unknown as readonly unknown[]
    if (version !== this.#version) this.#forgetAll()
    this.#version = version
    this.#checkedAt = commits
    // Runs when the promises of this turn are settled, and before anything else is received.
    process.nextTick(this.#turnIsOver)
  }

  readonly #turnIsOver = (): void => {
    this.#checkedAt = undefined
  }

  /** So that nothing is known of a connection that is closed. */
  close(): void {
    this.#forgetAll()
    this.#version = undefined
    this.#checkedAt = undefined
  }

  #forgetAll(): void {
    for (const { answers } of this.#statements.values()) answers.clear()
    this.#byRow.clear()
    this.#count = 0
  }
}

/** Each value with its kind and its length, so that no two lists of values have the same key. */
export const keyOf = (values: readonly Bindable[]): string => {
  let key = ''
  for (const value of values) {
    const isBytes = typeof value === 'object' && value !== null
    const text = isBytes ? bytesAsText(value) : `${value}`
    key += `${isBytes ? 'b' : typeof value === 'string' ? 's' : 'n'}${text.length}:${text}`
  }
  return key
}

const bytesAsText = (value: Uint8Array): string =>
  Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
