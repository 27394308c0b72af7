import type { Engine } from '../engine/engine.ts'
import { integer } from '../schema/kind.ts'
import { row, selecting } from '../schema/row.ts'
import { remove, statement } from '../schema/statement.ts'
import { batch, forgetBy } from '../sequences/forget.ts'
import { raise } from '../sequences/numbers.ts'

/**
 * Removes the entries whose `until` is before `latest`, batch after batch. The position up to which readers must know is raised
 * in the same commit: the schema refuses the removal otherwise. A batch are those that ended first, by the index: otherwise each would
 * look at all entries that are not over.
 */
export const collectGarbage = (engine: Engine, latest: number, signal?: AbortSignal): Promise<number> =>
  forgetBy(
    engine,
    async (execute, limit) => {
      const over = await execute.all(findOver, { before: latest, limit })
      const last = over.at(-1)
      if (last === undefined) return 0
      const through = Math.max(...over.map(({ sequence }) => sequence))
      await execute.run(raise, { name: 'revocations_forgotten', value: through })
      return execute.run(removeOver, { until: last.until, through })
    },
    signal,
  )

const entry = row({ until: integer, sequence: integer })

const findOver = statement(
  batch,
  (db, slots) =>
    db
      .selectFrom('revocations')
      .select(selecting(entry, {}))
      .where('until', '<', slots.before)
      .orderBy('until')
      .orderBy('sequence')
      .limit(slots.limit),
  entry.decode,
)

const removeOver = remove('revocations', { until: integer, through: integer }, (rows, slots) =>
  rows.where('until', '<=', slots.until).where('sequence', '<=', slots.through),
)
