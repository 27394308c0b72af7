import type { StoreHandle } from '../../open/open.ts'
import type { Fault, RefusedWrite } from '../scenario/scenario.ts'

export interface Transition {
  readonly name: string
  /** What must have happened before. */
  readonly prepare?: (store: StoreHandle) => Promise<unknown>
  readonly act: (store: StoreHandle) => Promise<unknown>
  /** Each write of its unit, one after the other. */
  readonly writes: readonly Fault[]
}

export const inserts = (table: string): RefusedWrite => ({ table, on: 'insert' })
export const updates = (table: string): RefusedWrite => ({ table, on: 'update' })
export const deletes = (table: string): RefusedWrite => ({ table, on: 'delete' })
export const audit = inserts('audit')
/** The entry of the revocation feed. */
export const entry = inserts('revocations')
