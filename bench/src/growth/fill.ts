// Fills a database as years of use would, directly: at the running server it would take hours.
import { DatabaseSync } from 'node:sqlite'

const day = 86_400
/** Ended so long ago that they are removed: more than the 30 days for which they are kept. */
const endedDays = 40
const liveDays = 25
/** Sessions of one user. */
export const sessionsPerUser = 10

/** A row to copy: all columns are taken from it, but those that are given. */
interface Copies {
  readonly table: string
  /** The table of the row. Default is `table`. */
  readonly of?: string
  /** Chooses the row. */
  readonly where: string
  readonly columns: Readonly<Record<string, string>>
  readonly count: number
}

/**
 * Copies this user, their session, an audit row and a rotation, until there are so many sessions and audit rows, and a tenth as
 * many users and rotations. No server may have the database open.
 */
export function fill(path: string, username: string, sessions: number, now: number): void {
  const database = new DatabaseSync(path)
  try {
    // Without a journal each page is written once. The folder is thrown away if this fails.
    database.exec(
      'pragma journal_mode = delete; pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000; pragma foreign_keys = off',
    )
    database.exec('begin')
    const user = `'006a' || printf('%018x', n / ${sessionsPerUser})`
    const session = `'006b' || printf('%018x', n)`
    const end = `case when n % 10 = 0 then ${now - endedDays * day} + n % ${day} else ${now + liveDays * day} + n % ${day} end`
    const copies: readonly Copies[] = [
      {
        table: 'users',
        where: `username = '${username}'`,
        count: Math.ceil(sessions / sessionsPerUser),
        columns: {
          id: `'006a' || printf('%018x', n)`,
          username: `'user-' || n`,
          canonical_name: `'user-' || n`,
          name_skeleton: `'user-' || n`,
          sequence: `(select max(sequence) from users)`,
        },
      },
      {
        table: 'authorizations',
        where: `kind = 'session'`,
        count: sessions,
        columns: { id: session, subject_id: user, expires_at: end },
      },
      {
        table: 'audit',
        where: anEntry,
        count: sessions,
        columns: {
          sequence: `${lastPlace(database)} + 1 + n`,
          authorization_id: session,
          subject_id: user,
          actor_id: user,
          at: auditTime(now, sessions),
        },
      },
      {
        // Every tenth session was refreshed. Rotations follow the audit rows: both count together.
        table: 'rotations',
        of: 'audit',
        where: anEntry,
        count: Math.ceil(sessions / 10),
        columns: {
          sequence: `${lastPlace(database)} + 1 + ${sessions} + n`,
          authorization_id: `'006b' || printf('%018x', n * 10)`,
          subject_id: `'006a' || printf('%018x', n)`,
          at: auditTime(now, Math.ceil(sessions / 10)),
        },
      },
    ]
    for (const copy of copies) insertCopies(database, copy)
    database.exec('commit')
    // The planner of a database that has grown knows how large it is.
    database.exec('analyze; pragma journal_mode = wal')
  } finally {
    database.close()
  }
}

/** Of a session. */
const anEntry = 'action = (select action from audit where authorization_id is not null order by sequence desc limit 1)'

/** Even over the time from 60 to 10 days ago. */
const auditTime = (now: number, count: number): string => `${now - 60 * day} + n * ${50 * day} / ${count}`

/** Audit rows and rotations count together. */
const lastPlace = (database: DatabaseSync): number => {
  const places = 'select max(sequence) as place from audit union all select max(sequence) from rotations'
  return Number(database.prepare(`select max(place) as last from (${places})`).get()?.last)
}

function insertCopies(database: DatabaseSync, { table, of = table, where, columns, count }: Copies): void {
  const names = database
    .prepare(`select name from pragma_table_info(?)`)
    .all(table)
    .map(({ name }) => String(name))
  const quoted = names.map((name) => `"${name}"`)
  const values = names.map((name, at) => columns[name] ?? `template.${quoted[at]}`)
  database.exec(`
    with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n + 1 < ${count})
    insert into ${table} (${quoted.join(', ')})
    select ${values.join(', ')} from numbers, (select * from ${of} where ${where} limit 1) as template`)
}

/** Sessions that ended so long ago that they are removed. */
export function removableSessions(path: string, now: number): number {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const rows = database.prepare('select count(*) as count from authorizations where expires_at < ?')
    return Number(rows.get(now - 30 * day)?.count)
  } finally {
    database.close()
  }
}
