import { Pool, type types } from 'pg'
import type { Found, Rows } from './rows.ts'

const bigint = 20
const columns = 'id text collate "C" primary key, subject text not null, client text not null, scope text not null'

const statements = {
  find: 'select subject, client, scope, expires_at, revoked_at from floor_rows where id = $1',
  insert: `insert into floor_rows (id, subject, client, scope, expires_at, generation)
    values ($1, 'subject-of-the-floor', 'client-of-the-floor', 'api', $2, 0)`,
  advance: `update floor_rows set generation = generation + 1
    where id = $1 and generation = $2 and revoked_at is null and expires_at > $3`,
} as const

/**
 * The floor's table on PostgreSQL, by the server's driver: a pool of the same size, prepared statements, pipelining. A write is one
 * statement, which is its own transaction: one round trip and one commit.
 */
export const openPostgresRows = async (url: string): Promise<Rows> => {
  // Not in the types.
  const pipelining = { pipeline: true } as object
  const pool = new Pool({
    connectionString: url,
    max: 10,
    ...pipelining,
    types: { getTypeParser: ((oid: number) => (oid === bigint ? Number : String)) as typeof types.getTypeParser },
  })
  pool.on('error', () => {})
  await pool.query(`create table if not exists floor_rows (${columns},
    expires_at bigint not null, revoked_at bigint, generation bigint not null)`)
  const ask = (name: keyof typeof statements, values: unknown[]) =>
    pool.query<unknown[]>({ name, text: statements[name], values, rowMode: 'array' })
  const changes = async (name: keyof typeof statements, values: unknown[]) => (await ask(name, values)).rowCount === 1
  return {
    find: async (id) => {
      const [row] = (await ask('find', [id])).rows
      if (row === undefined) return undefined
      const [subject, client, scope, expires_at, revoked_at] = row
      return { subject, client, scope, expires_at, revoked_at } as Found
    },
    insert: (id, expiresAt) => changes('insert', [id, expiresAt]),
    advance: (id, generation, now) => changes('advance', [id, generation, now]),
    close: () => pool.end(),
  }
}
