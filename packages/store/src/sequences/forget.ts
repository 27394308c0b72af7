import type { Engine } from '../engine/engine.ts'
import type { Statement } from '../engine/statement.ts'
import { integer } from '../schema/kind.ts'
import type { Given } from '../schema/row.ts'

/** Rows per unit, so that nobody waits long behind it. */
const batchSize = 500

/** What a statement that forgets is given. */
export const batch = { before: integer, limit: integer } as const

/** Batch after batch, each in a commit of its own, until one was not full. */
export const forget = async (
  engine: Engine,
  what: Statement<Given<typeof batch>, unknown>,
  before: number,
): Promise<number> => {
  let removed = 0
  for (;;) {
    const changes = await engine.write((execute) => execute.run(what, { before, limit: batchSize }))
    removed += changes
    if (changes < batchSize) return removed
  }
}
