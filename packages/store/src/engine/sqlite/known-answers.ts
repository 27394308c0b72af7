import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Bindable, Statement } from '../statement.ts'

type AnyStatement = Statement<never, unknown>

/** An answer, which may be `undefined`: there is no such row. */
interface Known {
  readonly answer: unknown
}

/** With so many, all are dropped: about 16 MB of rows. */
const mostAnswers = 8192

/** Commits that this process has made, to whichever file: one turn of the event loop may commit and read on. */
let commits = 0

/** To be called after each commit of this process: remembered answers are checked again. */
export const committed = (): void => {
  commits++
}

/**
 * Answers of remembered statements, valid until this process or another one commits.
 *
 * `PRAGMA data_version` shows a commit of another connection; SQLite validates its own page cache by the same number. It is read
 * once in a turn of the event loop, before the first answer. The requests of that turn arrived before, so no revocation that
 * another process acknowledged earlier is missed. After a commit of this process it is read again within the turn.
 */
export class KnownAnswers {
  readonly #asked: StatementSync
  readonly #answers = new Map<AnyStatement, Map<string, Known>>()
  #count = 0
  #version: unknown
  /** The count of commits at which the version was asked for, in this turn; `undefined` if it was not. */
  #checkedAt: number | undefined

  /** @param reader The connection that reads. Another one must write, since a connection does not see its own commits here. */
  constructor(reader: DatabaseSync) {
    this.#asked = reader.prepare('pragma data_version')
    this.#asked.setReturnArrays(true)
  }

  /** What is known of a statement with these values. The answer is shared: no caller may change it. */
  find(statement: AnyStatement, key: string): Known | undefined {
    if (this.#checkedAt !== commits) this.#check()
    return this.#answers.get(statement)?.get(key)
  }

  /** To be called in the same step as `find`, so that nothing was committed in between. */
  remember(statement: AnyStatement, key: string, answer: unknown): void {
    if (this.#count >= mostAnswers) this.#forget()
    let answers = this.#answers.get(statement)
    if (answers === undefined) {
      answers = new Map()
      this.#answers.set(statement, answers)
    }
    answers.set(key, { answer })
    this.#count++
  }

  #check(): void {
    const [version] = this.#asked.get() as unknown as readonly unknown[]
    if (version !== this.#version) this.#forget()
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
    this.#forget()
    this.#version = undefined
    this.#checkedAt = undefined
  }

  #forget(): void {
    this.#answers.clear()
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
