import type { DatabaseReader } from '../campaign/database.ts'

interface StoredAuthorization {
  readonly generation: number
  readonly revoked: boolean
}

/**
 * What a database holds at one moment, when nobody writes. The API cannot tell whether the database is sound, and whether a change
 * and its audit row were committed together.
 */
export class StoredState {
  readonly #rows: ReadonlyMap<string, StoredAuthorization>
  /** Integrity errors (W5). */
  readonly faults: readonly string[]
  /** Authorizations whose row and audit trail differ: half of a commit (W3). */
  readonly torn: readonly string[]

  private constructor(
    rows: ReadonlyMap<string, StoredAuthorization>,
    faults: readonly string[],
    torn: readonly string[],
  ) {
    this.#rows = rows
    this.faults = faults
    this.torn = torn
  }

  static async read(database: DatabaseReader): Promise<StoredState> {
    await database.quiet()
    const rows = await database.rows('select id, generation, revoked_at from authorizations')
    const found = rows.map(
      ({ id, generation, revoked_at }) =>
        [String(id), { generation: Number(generation), revoked: revoked_at !== null }] as const,
    )
    const torn = await database.rows(tornAuthorizations)
    return new StoredState(
      new Map(found),
      await database.faults(),
      torn.map(({ id }) => String(id)),
    )
  }

  find(authorizationId: string): StoredAuthorization | undefined {
    return this.#rows.get(authorizationId)
  }
}

/** In the SQL of every engine. */
const tornAuthorizations = `
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
