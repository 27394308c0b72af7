import { mostRecentFiles, type RecentFiles } from '@countersign/resources'
import type { Expression, ExpressionBuilder } from 'kysely'
import type { Engine } from '../engine/engine.ts'
import type { Database } from '../schema/database.ts'
import { text } from '../schema/kind.ts'
import { excluded, insert, remove, select } from '../schema/statement.ts'
import { recentFiles } from '../schema/tables.ts'

/** The last files of each user. They are removed with the user. */
export const recentFilesOn = (engine: Engine): RecentFiles => ({
  list: async (userId) => (await engine.read.all(newest, { userId })).map(({ userId: _, ...file }) => file),
  // Of several records at once each may leave one file more. The next one removes it, and no list shows it.
  record: (userId, file) =>
    engine.write([], async (execute) => {
      await execute.run(put, { ...file, userId })
      await execute.run(forgetOlder, { userId })
    }),
})

const newest = select(recentFiles, { userId: text }, (rows, { userId }) =>
  rows
    .where('user_id', '=', userId)
    .orderBy('seen_at_milliseconds', 'desc')
    .orderBy('id')
    .orderBy('path')
    .limit(mostRecentFiles),
)

/** A late report does not move a file back. */
const put = insert(recentFiles, (into, values) =>
  into.values(values).onConflict((conflict) =>
    conflict
      .columns(['user_id', 'id', 'path'])
      .doUpdateSet(excluded('name', 'revision', 'seen_at_milliseconds'))
      .whereRef('excluded.seen_at_milliseconds', '>=', 'recent_files.seen_at_milliseconds'),
  ),
)

const kept = (eb: ExpressionBuilder<Database, 'recent_files'>, userId: Expression<string>) =>
  eb
    .selectFrom('recent_files as kept')
    .select(['kept.id', 'kept.path'])
    .where('kept.user_id', '=', userId)
    .orderBy('kept.seen_at_milliseconds', 'desc')
    .orderBy('kept.id')
    .orderBy('kept.path')
    .limit(mostRecentFiles)
    .$asTuple('id', 'path')

const forgetOlder = remove('recent_files', { userId: text }, (rows, slots) =>
  rows
    .where('user_id', '=', slots.userId)
    .where((eb) => eb(eb.refTuple('id', 'path'), 'not in', kept(eb, slots.userId))),
)
