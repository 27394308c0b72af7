import { type Column, once, type Statement } from '../statement.ts'
import { PostgresFault } from './fault.ts'
import { makeLocks } from './locks.ts'
import { looking } from './schema-fence.ts'
import { lent, type Sessions } from './session.ts'

/* What an engine asks of its database besides statements. All of it rejects with `PostgresFault`. */

/** unique_violation, duplicate_table: another session made the same table, or row, at the same time. */
const madeAtOnce = ['23505', '42P07']

export const lacksSchema = async (sessions: Sessions): Promise<boolean> =>
  (await only(sessions, `select to_regclass('schema_versions')`)) === null

export const isFenced = async (sessions: Sessions, version: number): Promise<boolean> =>
  (await only(sessions, looking(version))) !== null

/** Milliseconds since the epoch. */
export const timeOf = async (sessions: Sessions): Promise<number> =>
  Number(await only(sessions, 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint'))

/** A role that may not see another's session sees no type of it, but whose it is. */
const countingOthers = `select count(*) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()
    and (backend_type = 'client backend' or (backend_type is null and usesysid is not null))`

export const countOthers = async (sessions: Sessions): Promise<number> => Number(await only(sessions, countingOthers))

/** The same within a unit. */
export const countOtherSessions: Statement<object, number> = {
  ...once(countingOthers),
  decode: ([count]) => Number(count),
}

export const makeLockRows = (sessions: Sessions): Promise<void> =>
  lent(sessions, async (session) => {
    for (const text of makeLocks) {
      try {
        await session.query({ text })
      } catch (error) {
        if (!(error instanceof PostgresFault) || !madeAtOnce.includes(error.code ?? '')) throw error
        await session.query({ text })
      }
    }
  })

/** The only column of the only row. */
const only = (sessions: Sessions, text: string): Promise<Column | undefined> =>
  lent(sessions, async (session) => (await session.query({ text })).rows[0]?.[0])
