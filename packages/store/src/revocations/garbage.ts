import type { Engine } from '../engine/engine.ts'
import { integer } from '../schema/kind.ts'
import { number, remove, statement } from '../schema/statement.ts'
import { batch, forgetBy } from '../sequences/forget.ts'
import { raise } from '../sequences/numbers.ts'

/**
 * Removes the entries whose `until` is before `latest`, batch after batch. The position up to which readers must know is raised
 * in the same commit: the schema refuses the removal otherwise.
 */
export const collectGarbage = (engine: Engine, latest: number): Promise<number> =>
  forgetBy(engine, async (execute, limit) => {
    const over = await execute.all(findOver, { before: latest, limit })
    const through = over.at(-1)
    if (through === undefined) return 0
    await execute.run(raise, { name: 'revocations_forgotten', value: through })
    return execute.run(removeOver, { before: latest, through })
  })

const findOver = statement(
  batch,
  (db, slots) =>
    db
      .selectFrom('revocations')
      .select('sequence')
      .where('until', '<', slots.before)
      .orderBy('sequence')
      .limit(slots.limit),
  number,
)

const removeOver = remove('revocations', { before: integer, through: integer }, (rows, slots) =>
  rows.where('until', '<', slots.before).where('sequence', '<=', slots.through),
)
