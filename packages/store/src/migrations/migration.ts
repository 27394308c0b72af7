import type { Compilable } from 'kysely'
import type { Ddl } from '../engine/ddl.ts'

/** A statement of a migration: built by Kysely, or as text where Kysely cannot express it. */
export type Step = Compilable<unknown> | string

/**
 * One step forward; there is no way back. A migration that has been released is never changed. All steps run in one
 * transaction: killed in the middle, nothing of it has happened.
 */
export interface Migration {
  readonly version: number
  readonly name: string
  /** @param now Epoch seconds. */
  steps(ddl: Ddl, now: number): readonly Step[]
}
