import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Bindable, Statement } from '../statement.ts'

type AnyStatement = Statement<never, unknown>

/** Beyond so many it forgets all and begins anew: about 16 MB of rows. */
const mostAnswers = 8192

/** Commits that this process has made, to whichever file: one turn of the event loop may commit and read on. */
let commits = 0

/** Something was committed here: whoever knows answers asks again. */
export const committed = (): void => {
  commits++
}

/**
 * Answers of remembered statements, for as long as nobody commits anything, in this process or in another one.
 *
 * SQLite tells by `PRAGMA data_version`, the very number by which it trusts its own page cache. It is asked once in a turn of
 * the event loop, before the first answer of that turn: whatever the turn serves had been sent before, so no revocation that
 * another process acknowledged earlier can be missed. After a commit of our own it is asked anew within the turn.
 */
export class KnownAnswers {
  readonly #asked: StatementSync
  readonly #answers = new Map<AnyStatement, Map<string, unknown>>()
  #count = 0
  #version: unknown
  /** The count of commits at which the version was asked for, in this turn; nothing if it was not yet. */
  #checkedAt: number | undefined

  /** @param reader The connection that reads; another one must write, since none is told of its own commits. */
  constructor(reader: DatabaseSync) {
    this.#asked = reader.prepare('pragma data_version')
    this.#asked.setReturnArrays(true)
  }

  /** The answer that is known, or the one that `read` gives now. Shared with whoever asks: nobody may change it. */
  answer<R>(statement: AnyStatement, values: readonly Bindable[], read: () => R): { known: boolean; answer: R } {
    if (this.#checkedAt !== commits) this.#check()
    let answers = this.#answers.get(statement)
    const key = keyOf(values)
    if (answers?.has(key)) return { known: true, answer: answers.get(key) as R }
    const answer = read()
    if (this.#count >= mostAnswers) this.#forget()
    if (answers === undefined || this.#count === 0) {
      answers = new Map()
      this.#answers.set(statement, answers)
    }
    answers.set(key, answer)
    this.#count++
    return { known: false, answer }
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

/** Each value with its kind and its length: no two lists of values look alike. */
const keyOf = (values: readonly Bindable[]): string => {
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
