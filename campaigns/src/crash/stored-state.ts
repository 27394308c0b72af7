import { DatabaseSync } from 'node:sqlite'
import { integrityErrors } from '../campaign/soundness.ts'

export interface StoredAuthorization {
  readonly generation: number
  readonly revoked: boolean
}

/**
 * Reads the database beside the running server. The API cannot tell whether the file is sound, nor whether a change and its
 * audit row were committed together.
 */
export class StoredState {
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

  /** Integrity errors of the file (W5). */
  faults(): readonly string[] {
    return integrityErrors(this.#db)
  }

  /** Authorizations whose row and audit trail differ: half of a commit (W3). */
  torn(): readonly string[] {
    return this.#db
      .prepare(tornAuthorizations)
      .all()
      .map((row) => String(row.id))
  }
}

const tornAuthorizations = `
  with trail as (
    select authorization_id as id,
      sum(action = 'authorization_created') as created,
      sum(action = 'authorization_rotated') as rotated,
      sum(action in ('authorization_revoked', 'authorization_reused')) as revoked,
      sum(action = 'token_revoked') as tokens
    from (select authorization_id, action from audit
      union all select authorization_id, 'authorization_rotated' from rotations)
    where authorization_id is not null group by authorization_id)
  select a.id from authorizations a left join trail t on t.id = a.id
  where coalesce(t.created, 0) <> 1
    or t.rotated <> a.generation
    or (t.revoked > 0) <> (a.revoked_at is not null)
    or t.tokens <> (select count(*) from revoked_tokens r where r.authorization_id = a.id)
  union all
  select t.id from trail t where not exists (select 1 from authorizations a where a.id = t.id)`
