import { mostRecentFiles, type RecentFile, type RecentFiles } from '@countersign/resources'
import type { ExpressionBuilder } from 'kysely'
import type { Engine } from '../engine/engine.ts'
import { integer } from '../schema/column.ts'
import type { Database, RecentFilesTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'

/** The last files of each person; they are gone with the person. */
export const recentFilesOn = (engine: Engine): RecentFiles => ({
  list: async (userId) => (await engine.read.all(newest, { userId })).map(fileFrom),
  record: (userId, file) =>
    engine.write(async (execute) => {
      await execute.run(put, rowFrom(userId, file))
      await execute.run(forgetOlder, { userId })
    }),
})

const newest = statement<{ userId: string }>()((db, slots) =>
  db
    .selectFrom('recent_files')
    .selectAll()
    .where('user_id', '=', slots.userId)
    .orderBy('seen_at_milliseconds', 'desc')
    .orderBy('id')
    .orderBy('path')
    .limit(mostRecentFiles),
)

/** A report that comes late does not move a file back. */
const put = statement<RecentFilesTable>()((db, slots) =>
  db
    .insertInto('recent_files')
    .values(rowOf(slots, ['user_id', 'id', 'path', 'name', 'revision', 'seen_at_milliseconds']))
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'id', 'path'])
        .doUpdateSet(({ ref }) => ({
          name: ref('excluded.name'),
          revision: ref('excluded.revision'),
          seen_at_milliseconds: ref('excluded.seen_at_milliseconds'),
        }))
        .whereRef('excluded.seen_at_milliseconds', '>=', 'recent_files.seen_at_milliseconds'),
    ),
)

const kept = (eb: ExpressionBuilder<Database, 'recent_files'>, userId: string) =>
  eb
    .selectFrom('recent_files as kept')
    .select(['kept.id', 'kept.path'])
    .where('kept.user_id', '=', userId)
    .orderBy('kept.seen_at_milliseconds', 'desc')
    .orderBy('kept.id')
    .orderBy('kept.path')
    .limit(mostRecentFiles)
    .$asTuple('id', 'path')

const forgetOlder = statement<{ userId: string }>()((db, slots) =>
  db
    .deleteFrom('recent_files')
    .where('user_id', '=', slots.userId)
    .where((eb) => eb(eb.refTuple('id', 'path'), 'not in', kept(eb, slots.userId))),
)

const fileFrom = (row: RecentFilesTable): RecentFile => ({
  id: row.id,
  name: row.name,
  seenAtMilliseconds: integer(row.seen_at_milliseconds),
  revision: row.revision,
  path: row.path,
})

const rowFrom = (userId: string, file: RecentFile): RecentFilesTable => ({
  user_id: userId,
  id: file.id,
  path: file.path,
  name: file.name,
  revision: file.revision,
  seen_at_milliseconds: file.seenAtMilliseconds,
})
