import type { Unit } from '../../engine.ts'
import { isCancelled, isLocked, PostgresFault } from '../fault.ts'
import type { Sessions } from '../session.ts'
import type { Statements } from '../statements.ts'
import { type Beginning, Transaction } from '../units.ts'

/**
 * Runs brief units in one transaction, one after the other: all are committed, or none. They wait for the database once.
 *
 * What they are `alone` on is locked at the end, just before the commit, since such a lock is what many transactions wait for.
 *
 * @throws PostgresFault where there is no connection.
 */
export const runTogether = async (
  sessions: Sessions,
  statements: Statements,
  beginning: Beginning,
  units: readonly Unit<unknown>[],
): Promise<TogetherOutcome> => {
  const session = await sessions.take()
  const transaction = new Transaction(session, statements, beginning, true)
  try {
    const results = await transaction.runAll(units)
    session.release(false)
    return { results }
  } catch (error) {
    session.release(!(await transaction.undo()))
    const fault = transaction.fault ?? error
    if (!(fault instanceof PostgresFault)) return { fault, isFinal: false }
    const isOpen = isCancelled(fault) || (transaction.isCommitting && fault.isOfConnection)
    return { fault, isFinal: isOpen || (transaction.isOfAll && isLocked(fault)) }
  }
}

/**
 * `results`: they are committed. `isFinal`: whether they are not to be run again. Either they may have been committed, or somebody cancelled
 * a statement of theirs, or they were refused by a lock that each of them would wait for as long.
 */
export type TogetherOutcome =
  | { readonly results: readonly PromiseSettledResult<unknown>[] }
  | { readonly fault: unknown; readonly isFinal: boolean }
