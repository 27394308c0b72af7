import type { DatabaseSync } from 'node:sqlite'
import { authorizationColumns, type Fate, fates } from './fates.ts'

/*
 * What a restore takes from the replaced database if that is a later state of the backup: what was ended or changed about users
 * and clients since. `main` is the backup, `replaced` the other. Both have the same schema, and its guards are active, so that
 * no revocation can be undone.
 */

/**
 * Whether `replaced` is a later state of `main`: it has the last row of the backup's audit trail, at the same place, and no older
 * backup was restored after that row. Such a restore adds a row to the trail. The last place, of rotations too, shows how old a
 * backup is: two backups may differ in nothing else.
 */
export const isLaterState = (db: DatabaseSync): boolean => {
  const same = columnsOf(db, 'audit').map((column) => `later.${column} is last.${column}`)
  const found = db.prepare(
    `select 1 from (select * from main.audit order by sequence desc limit 1) as last
       join replaced.audit as later on ${same.join(' and ')}
       where not exists (select 1 from replaced.audit as restore
         where restore.action = 'database_restored' and restore.sequence > last.sequence
           and json_extract(restore.detail, '$.backup_sequence') < ?)`,
  )
  return found.get(lastPlace(db)) !== undefined
}

/** The last place of both trails: they share the numbering. */
export const lastPlace = (db: DatabaseSync): number =>
  Number(
    db
      .prepare(
        `select coalesce(max(sequence), 0) as last
           from (select sequence from main.audit union all select sequence from main.rotations)`,
      )
      .get()?.last,
  )

/** What only the replaced database has, and is not carried over: names, in the order of creation. */
export interface LeftBehind {
  readonly people: readonly string[]
  readonly clients: readonly string[]
}

export const leftBehind = (db: DatabaseSync): LeftBehind => ({
  people: namesIn(
    db,
    `select username as name from replaced.users
    where role <> 'owner' and id not in (select id from main.users) order by sequence`,
  ),
  clients: namesIn(
    db,
    `select name from replaced.clients
    where id not in (select id from main.clients) order by sequence`,
  ),
})

const namesIn = (db: DatabaseSync, query: string): readonly string[] =>
  db
    .prepare(query)
    .all()
    .map(({ name }) => String(name))

/** Counts of what was carried over. */
export type Carried = Readonly<Record<keyof typeof counts, number>>

/** Runs in a transaction of the caller. */
export const carryOver = (db: DatabaseSync, now: number): Carried => {
  const carried = Object.fromEntries(
    Object.entries(counts).map(([name, query]) => [name, Number(db.prepare(query).get()?.n)]),
  )
  // Before the epochs of users rise: the schema lifts only a session that is active at that moment.
  mergeAuthorizations(db, now)
  mergeUsers(db, now)
  mergeClients(db, now)
  // Before the exports: the schema refuses an entry at a place that was exported.
  const last = lastPlace(db)
  for (const table of tablesOf('added')) insertFrom(db, table, `sequence > ${last}`)
  for (const table of tablesOf('later')) takeWhole(db, table)
  db.exec(`update main.marks set value = max(value, coalesce(
    (select later.value from replaced.marks as later where later.name = marks.name), 0))`)
  db.exec(`update main.marks set value = value + 1 where name = 'keys_revision'`)
  return carried as Carried
}

/** Counted before anything is changed. */
const counts = {
  people_deleted: 'select count(*) as n from main.users where id not in (select id from replaced.users)',
  people_disabled: `select count(*) as n from main.users as old join replaced.users as later using (id)
    where old.disabled_at is null and later.disabled_at is not null`,
  roles_changed: `select count(*) as n from main.users as old join replaced.users as later using (id)
    where old.role <> later.role`,
  ways_in_changed: `select count(*) as n from main.users as old join replaced.users as later using (id)
    where old.version <> later.version`,
  clients_deleted: 'select count(*) as n from main.clients where id not in (select id from replaced.clients)',
  clients_disabled: `select count(*) as n from main.clients as old join replaced.clients as later using (id)
    where old.disabled_at is null and later.disabled_at is not null`,
  secrets_revoked: `select count(*) as n from main.client_credentials as old
    left join replaced.client_credentials as later using (id)
    where old.revoked_at is null and (later.id is null or later.revoked_at is not null)`,
  authorizations_revoked: `select count(*) as n from main.authorizations as old
    left join replaced.authorizations as later using (id)
    where old.revoked_at is null and (later.id is null or later.revoked_at is not null)`,
} as const

/** An Authorization that is missing was revoked or had expired, and was removed after its retention. */
const mergeAuthorizations = (db: DatabaseSync, now: number): void => {
  const carried = Object.entries(authorizationColumns).flatMap(([name, kind]) => (kind === 'carried' ? [name] : []))
  const values = carried.map((name) =>
    name === 'revoked_at' ? 'revoked_at = coalesce(old.revoked_at, later.revoked_at)' : `${name} = later.${name}`,
  )
  db.exec(`update main.authorizations as old set ${values.join(', ')}
    from replaced.authorizations as later where later.id = old.id`)
  revoke(db, now, 'id not in (select id from replaced.authorizations)')
  db.exec(`insert or ignore into main.revoked_tokens select * from replaced.revoked_tokens
    where authorization_id in (select id from main.authorizations)`)
}

const revoke = (db: DatabaseSync, now: number, which: string): void => {
  db.prepare(`update main.authorizations set revoked_at = ? where revoked_at is null and ${which}`).run(now)
}

/**
 * A user who is in both is as in the replaced one, with password and factors. The owner of the replaced one is carried over even
 * if created since: no earlier owner may be the owner again (I7). The owner is demoted first, since the schema allows no second
 * one.
 */
const mergeUsers = (db: DatabaseSync, now: number): void => {
  db.exec(`update main.users set role = 'manager', version = version + 1
    where role = 'owner' and id not in (select id from replaced.users where role = 'owner')`)
  revoke(db, now, `subject_kind = 'user' and subject_id not in (select id from replaced.users)`)
  db.exec('delete from main.users where id not in (select id from replaced.users)')
  const columns = columnsOf(db, 'users').filter((name) => !['id', 'sequence', 'version'].includes(name))
  const values = columns.map((name) => `${name} = later.${name}`)
  for (const owners of ['<>', '=']) {
    db.exec(`update main.users as old
      set ${values.join(', ')}, version = max(old.version, later.version) + 1
      from replaced.users as later where later.id = old.id and later.role ${owners} 'owner'`)
  }
  insertFrom(db, 'users', `role = 'owner' and id not in (select id from main.users)`)
  for (const table of ['enrolments', 'recovery_codes']) {
    db.exec(`delete from main.${table}`)
    insertFrom(db, table, 'user_id in (select id from main.users)')
  }
}

/** A client that is in both is as in the replaced one, with its secrets. */
const mergeClients = (db: DatabaseSync, now: number): void => {
  const gone = 'not in (select id from replaced.clients)'
  revoke(
    db,
    now,
    `((subject_kind = 'client' and subject_id ${gone}) or (client_epoch is not null and client_id ${gone}))`,
  )
  db.exec(`delete from main.clients where id ${gone}`)
  const columns = columnsOf(db, 'clients').filter((name) => !['id', 'sequence'].includes(name))
  db.exec(`update main.clients as old set ${columns.map((name) => `${name} = later.${name}`).join(', ')}
    from replaced.clients as later where later.id = old.id`)
  db.exec('delete from main.client_credentials')
  insertFrom(db, 'client_credentials', 'client_id in (select id from main.clients)')
}

const tablesOf = (fate: Fate): readonly string[] =>
  Object.entries(fates).flatMap(([table, its]) => (its === fate ? [table] : []))

const takeWhole = (db: DatabaseSync, table: string): void => {
  db.exec(`delete from main.${table}`)
  insertFrom(db, table, 'true')
}

/** Ends every session, and every token that is signed for clients. Personal tokens and secrets stay valid. Runs in the same transaction. */
export const endSessions = (db: DatabaseSync, now: number): void => {
  db.exec('update users set sessions_epoch = sessions_epoch + 1, version = version + 1')
  db.prepare(`update authorizations set revoked_at = ? where revoked_at is null and kind = 'fixed'`).run(now)
}

const insertFrom = (db: DatabaseSync, table: string, which: string): void => {
  const columns = columnsOf(db, table).join(', ')
  db.exec(`insert into main.${table} (${columns}) select ${columns} from replaced.${table} where ${which}`)
}

const columnsOf = (db: DatabaseSync, table: string): readonly string[] =>
  db
    .prepare('select name from main.pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name))
