import type { DatabaseSync } from 'node:sqlite'
import type { Resealing } from '@countersign/core'

/** How many values of each kind were sealed anew. */
export interface ResealedRows {
  readonly keySets: number
  readonly totpSecrets: number
  readonly passwordHashes: number
  /** TOTP secrets and hashes that the old key did not open. They are left as they are. */
  readonly unreadable: number
}

/**
 * This folder owns what the master key seals in the database.
 *
 * Seals everything anew that depends on the master key, in one commit. What is overwritten is zeroed in the file. The database has
 * this program's schema.
 *
 * @param also Runs in the same commit.
 * @throws SealError if the old key does not open a key set; nothing is changed then.
 */
export const resealRows = (
  db: DatabaseSync,
  resealing: Resealing,
  also: (done: ResealedRows) => void = () => {},
): ResealedRows => {
  db.exec('pragma secure_delete = on; begin immediate')
  try {
    const keySets = resealKeySets(db, resealing)
    resealPepper(db, resealing)
    const secrets = resealTotpSecrets(db, resealing)
    const hashes = resealHashes(db, resealing)
    const unreadable = secrets.unreadable + hashes.unreadable
    const rows = { keySets, totpSecrets: secrets.done, passwordHashes: hashes.done, unreadable }
    also(rows)
    db.exec(`update marks set value = value + 1 where name = 'keys_revision'`)
    db.exec('commit')
    return rows
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

const bytesOf = (value: unknown): Uint8Array => value as Uint8Array

const resealKeySets = (db: DatabaseSync, { keySet }: Resealing): number => {
  const change = db.prepare('update key_sets set sealed = ? where number = ?')
  const sets = db.prepare('select number, kid, sealed from key_sets').all()
  for (const { number, kid, sealed } of sets) {
    change.run(keySet({ number: Number(number), kid: String(kid), sealed: bytesOf(sealed) }), Number(number))
  }
  return sets.length
}

const resealPepper = (db: DatabaseSync, { pepper }: Resealing): void => {
  const row = db.prepare(`select sealed from sealed_secrets where name = 'password_pepper'`).get()
  const sealed = pepper(row && bytesOf(row.sealed))
  db.prepare(
    `insert into sealed_secrets (name, sealed) values ('password_pepper', ?)
       on conflict (name) do update set sealed = excluded.sealed`,
  ).run(sealed)
}

interface Outcome {
  readonly done: number
  readonly unreadable: number
}

/** Few at a time: a database may have more users than fit into memory. */
const pageRows = 500

/** A guard refuses to change a secret in its row: each row is made anew. */
const resealTotpSecrets = (db: DatabaseSync, { totpSecret }: Resealing): Outcome => {
  const page = db.prepare('select * from enrolments where (user_id, slot) > (?, ?) order by user_id, slot limit ?')
  const remove = db.prepare('delete from enrolments where user_id = ? and slot = ?')
  const add = db.prepare(
    `insert into enrolments (user_id, slot, sealed, created_at, confirmed_at, last_step, failures)
       values (?, ?, ?, ?, ?, ?, ?)`,
  )
  return inPages<EnrolmentRow>(
    (last) => page.all(last?.user_id ?? '', last?.slot ?? '', pageRows) as unknown as readonly EnrolmentRow[],
    ({ user_id, slot, sealed, created_at, confirmed_at, last_step, failures }) => {
      const resealed = totpSecret(user_id, sealed)
      if (resealed === undefined) return false
      remove.run(user_id, slot)
      add.run(user_id, slot, resealed, created_at, confirmed_at, last_step, failures)
      return true
    },
  )
}

interface EnrolmentRow {
  readonly user_id: string
  readonly slot: string
  readonly sealed: Uint8Array
  readonly created_at: number
  readonly confirmed_at: number | null
  readonly last_step: number
  readonly failures: number
}

interface HashRow {
  readonly id: string
  readonly stored: string
}

const resealHashes = (db: DatabaseSync, { passwordHash }: Resealing): Outcome => {
  const page = db.prepare(
    'select id, password_hash as stored from users where password_hash is not null and id > ? order by id limit ?',
  )
  const change = db.prepare('update users set password_hash = ? where id = ?')
  return inPages<HashRow>(
    (last) => page.all(last?.id ?? '', pageRows) as unknown as readonly HashRow[],
    ({ id, stored }) => {
      const resealed = passwordHash(stored)
      if (resealed === undefined) return false
      change.run(resealed, id)
      return true
    },
  )
}

/** @param reseal Whether the row could be resealed. */
const inPages = <Row>(pageAfter: (last: Row | undefined) => readonly Row[], reseal: (row: Row) => boolean): Outcome => {
  let done = 0
  let unreadable = 0
  for (let rows = pageAfter(undefined); rows.length > 0; rows = pageAfter(rows.at(-1))) {
    for (const row of rows) {
      if (reseal(row)) done++
      else unreadable++
    }
  }
  return { done, unreadable }
}
