import { StoreError } from '@countersign/core'
import type { Pause } from '../pause.ts'
import { StoreOpenError } from '../store-open-error.ts'
import { PostgresFault } from './fault.ts'
import type { Query, Result } from './session.ts'

/*
 * The table `schema_is_N` exists while the database has schema N: a migration renames it before it does anything else. Each
 * transaction reads the table first, and so locks it until the end. Thus a migration waits for the transactions that began before it. Those
 * that begin later wait for the migration, and then fail, since the table is not there any more.
 */

const nameOf = (version: number): string => `schema_is_${version}`

/**
 * The first steps of a migration. A table keeps the rights that were granted on it when it is renamed.
 *
 * @param from 0: the database has no schema.
 */
export const fenceSteps = (from: number, to: number): readonly string[] => [
  // Where a backup was restored beside it, the table of the later schema is still there.
  ...(from === to ? [] : [`drop table if exists ${nameOf(to)}`]),
  ...(from === to || from === 0 ? [] : [`alter table if exists ${nameOf(from)} rename to ${nameOf(to)}`]),
  `create table if not exists ${nameOf(to)} (id bigint primary key)`,
]

/** One row: NULL where the database has another schema. It waits for no lock. */
export const looking = (version: number): string => `select to_regclass('${nameOf(version)}')`

type Ask = (query: Query) => Promise<Result>

/** undefined_table */
const undefinedTable = '42P01'
/** Reads ask so often at most whether the schema is still there. */
const betweenLooksMilliseconds = 1000

/** Keeps an engine from a database whose schema is not the one that it knows any more. */
export class SchemaFence {
  readonly #pause: Pick<Pause, 'elapsedMilliseconds'>
  #version: number | undefined
  #isMet = true
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(pause: Pick<Pause, 'elapsedMilliseconds'>) {
    this.#pause = pause
  }

  /** From now on. Before, the engine uses the database whatever schema it has. */
  require(version: number): void {
    this.#version = version
  }

  /** What a transaction reads first. */
  get reading(): string | undefined {
    return this.#version === undefined ? undefined : `select 1 from ${nameOf(this.#version)} where false`
  }

  /**
   * Asks, and once a second looks beside it, on the same connection, whether the database has the schema.
   *
   * @throws StoreError `unavailable` if the database had another schema when this was looked at last; what `ask` rejects with.
   */
  ask(ask: Ask, query: Query): Promise<Result> {
    const version = this.#version
    if (version === undefined) return ask(query)
    if (this.#isLookDue()) return this.#askAndLook(ask, query, version)
    this.#requireMet(version)
    return ask(query)
  }

  /** The same where nothing is asked for yet. */
  async confirm(ask: Ask): Promise<void> {
    const version = this.#version
    if (version === undefined) return
    if (this.#isLookDue()) await this.#look(ask, version)
    this.#requireMet(version)
  }

  /** Of a transaction that has failed: what its caller is told where the database has another schema. */
  errorOf(fault: unknown): unknown {
    const version = this.#version
    if (version === undefined || !(fault instanceof PostgresFault)) return undefined
    if (fault.code !== undefinedTable || !fault.message.includes(nameOf(version))) return undefined
    this.#isMet = false
    return errorFor(version)
  }

  /** Others do not wait for a look that is on its way: its connection may stall. */
  #isLookDue(): boolean {
    const now = this.#pause.elapsedMilliseconds()
    const isDue = now - this.#lookedAt >= betweenLooksMilliseconds
    if (isDue) this.#lookedAt = now
    return isDue
  }

  async #askAndLook(ask: Ask, query: Query, version: number): Promise<Result> {
    const looking = this.#look(ask, version)
    const answer = await ask(query)
    await looking
    this.#requireMet(version)
    return answer
  }

  async #look(ask: Ask, version: number): Promise<void> {
    try {
      const { rows } = await ask({ text: looking(version) })
      this.#isMet = rows[0]?.[0] !== null
    } catch {
      // Nothing is known. What is asked for beside it meets the same fault, and its caller is told.
    }
  }

  #requireMet(version: number): void {
    if (!this.#isMet) throw errorFor(version)
  }
}

const errorFor = (version: number): StoreError => {
  const message = `the database has no schema ${version} any more: another version of Countersign has migrated it`
  return new StoreError('unavailable', new StoreOpenError('schema_newer', message))
}
