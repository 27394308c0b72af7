import type { Engine, Executor } from '../engine/engine.ts'
import type { Statement } from '../engine/statement.ts'
import { integer } from '../schema/kind.ts'
import type { Given } from '../schema/row.ts'

/** Rows per unit, so that other units do not wait long. */
const batchSize = 500

/** The parameters of a statement that removes rows. */
export const batch = { before: integer, limit: integer } as const

/** Removes batch after batch, each in its own commit, until one was not full. Returns the number of rows. */
export const forget = (
  engine: Engine,
  what: Statement<Given<typeof batch>, unknown>,
  before: number,
): Promise<number> => forgetBy(engine, (execute, limit) => execute.run(what, { before, limit }))

/** The same, where a batch is more than one statement. */
export const forgetBy = async (
  engine: Engine,
  removeBatch: (execute: Executor, limit: number) => Promise<number>,
): Promise<number> => {
  let removed = 0
  for (;;) {
    const changes = await engine.write([], (execute) => removeBatch(execute, batchSize))
    removed += changes
    if (changes < batchSize) return removed
  }
}
