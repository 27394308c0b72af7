import { DatabaseSync } from 'node:sqlite'
import { integrityErrors } from '../campaign/soundness.ts'

export interface StoredAuthorization {
  readonly generation: number
  readonly revoked: boolean
}

/** What the API cannot tell: whether the database is sound, and whether a change and its audit row were committed together. */
export interface Stored {
  find(authorizationId: string): StoredAuthorization | undefined
  /** Integrity errors (W5). */
  faults(): readonly string[]
  /** Authorizations whose row and audit trail differ: half of a commit (W3). */
  torn(): readonly string[]
}

/** Reads the database file beside the running server. */
export class StoredState implements Stored {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  find(authorizationId: string): StoredAuthorization | undefined {
    const row = this.#db.prepare('select generation, revoked_at from authorizations where id = ?').get(authorizationId)
    return row && { generation: Number(row.generation), revoked: row.revoked_at !== null }
  }

  faults(): readonly string[] {
    return integrityErrors(this.#db)
  }

  torn(): readonly string[] {
    return this.#db
      .prepare(tornAuthorizations)
      .all()
      .map((row) => String(row.id))
  }
}

/** In the SQL of every engine. */
export const tornAuthorizations = `
  with trail as (
    select authorization_id as id,
      count(*) filter (where action = 'authorization_created') as created,
      count(*) filter (where action = 'authorization_rotated') as rotated,
      count(*) filter (where action in ('authorization_revoked', 'authorization_reused')) as revoked,
      count(*) filter (where action = 'token_revoked') as tokens
    from (select authorization_id, action from audit
      union all select authorization_id, 'authorization_rotated' from rotations) as entries
    where authorization_id is not null group by authorization_id)
  select a.id from authorizations a left join trail t on t.id = a.id
  where coalesce(t.created, 0) <> 1
    or t.rotated <> a.generation
    or (t.revoked > 0) <> (a.revoked_at is not null)
    or t.tokens <> (select count(*) from revoked_tokens r where r.authorization_id = a.id)
  union all
  select t.id from trail t where not exists (select 1 from authorizations a where a.id = t.id)`
