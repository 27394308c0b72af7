import type { Engine } from './engine.ts'
import type { Statement } from './statement.ts'

/** Rows per unit, so that nobody waits long behind it. */
const batchSize = 500

/** What a statement that forgets is given. */
export interface Batch {
  before: number
  limit: number
}

/** Batch after batch, each in a commit of its own, until one was not full. */
export const forget = async (engine: Engine, what: Statement<Batch, unknown>, before: number): Promise<number> => {
  let removed = 0
  for (;;) {
    const changes = await engine.write((execute) => execute.run(what, { before, limit: batchSize }))
    removed += changes
    if (changes < batchSize) return removed
  }
}
