import { type Kysely, sql } from 'kysely'
import { type Bindable, type Column, Slot, type Statement } from '../engine/statement.ts'
import type { Database } from '../schema/database.ts'
import * as tables from '../schema/tables.ts'

/**
 * What an export does with a table. `copied`: every row. `own`: every database has its own rows. A table that is missing is a
 * compile error.
 */
interface Plan {
  readonly does: 'copied' | 'own'
  readonly columns: readonly string[]
  /** The columns of the primary key, by which the rows are read page by page. */
  readonly key: readonly string[]
}

export type TableName = keyof Database

const copied = (table: { readonly columns: readonly string[] }, key: readonly string[], more: string[] = []): Plan => ({
  does: 'copied',
  columns: [...table.columns, ...more],
  key,
})

/**
 * The tables in the order in which they are filled. What a row refers to comes before it. The schema refuses an audit row at a place
 * that was exported already, and an entry of the feed at another place than the mark says: so the exports and the marks come later.
 */
export const plans: Readonly<Record<TableName, Plan>> = {
  schema_versions: { does: 'own', columns: tables.schemaVersions.columns, key: ['version'] },
  sealed_secrets: copied(tables.sealedSecrets, ['name']),
  key_sets: copied(tables.keySets, ['sequence'], ['sequence']),
  served: copied(tables.served, ['name']),
  settings: copied(tables.settings, ['name']),
  apis: copied(tables.apis, ['id'], ['sequence']),
  users: copied(tables.users, ['id'], ['sequence']),
  enrolments: copied(tables.enrolments, ['user_id', 'slot']),
  recovery_codes: copied(tables.recoveryCodes, ['user_id', 'digest']),
  recent_files: copied(tables.recentFiles, ['user_id', 'id', 'path']),
  clients: copied(tables.clients, ['id'], ['sequence']),
  client_credentials: copied(tables.clientCredentials, ['id'], ['sequence']),
  authorizations: copied(tables.authorizations, ['id']),
  revoked_tokens: copied(tables.revokedTokens, ['authorization_id', 'token_id']),
  revocations: copied(tables.revocations, ['sequence']),
  marks: copied(tables.marks, ['name']),
  counters: copied(tables.counters, ['key']),
  issue_counts: copied(tables.issueCounts, ['client_id', 'minute']),
  droplets: copied(tables.droplets, ['id']),
  audit: copied(tables.auditEntries, ['sequence']),
  rotations: copied(tables.rotationEntries, ['sequence']),
  audit_tallies: copied(tables.auditTallies, ['key']),
  audit_exports: copied(tables.auditExports, ['through']),
}

/** The tables whose rows are copied, in order. */
export const copiedTables = (Object.keys(plans) as TableName[]).filter((name) => plans[name].does === 'copied')

/** Rows that every new database has: they are replaced. */
export const seeded: ReadonlySet<TableName> = new Set(['served', 'marks'])

export type Row = readonly Bindable[]

/** Kysely on tables and columns that are known by name alone. */
type ByName = Kysely<Record<string, Record<string, Bindable>>>

/** The place of the `n`th value of a row that is given as the parameters. */
const slotOf = (n: number) => new Slot<Bindable>((row) => (row as Row)[n])

const plain = (column: Column): Bindable => {
  if (Buffer.isBuffer(column)) return new Uint8Array(column)
  return typeof column === 'bigint' || typeof column === 'boolean' ? Number(column) : column
}

export interface RowReader {
  readonly first: Statement<object, Row>
  /** The rows after the one with the key that is given. */
  readonly later: Statement<Row, Row>
  keyOf(row: Row): Row
}

/** Reads a table in the order of its key, `limit` rows at a time. */
export const rowReader = (name: TableName, limit: number): RowReader => {
  const { columns, key } = plans[name]
  const keys = key.map((column) => sql.ref<Bindable>(column))
  const rows = (db: unknown) =>
    keys.reduce(
      (query, column) => query.orderBy(column),
      (db as ByName)
        .selectFrom(name)
        .select([...columns])
        .limit(sql.lit(limit)),
    )
  const isLater = sql<boolean>`(${sql.join(keys)}) > (${sql.join(key.map((_, n) => slotOf(n)))})`
  const decode = (found: readonly Column[]) => found.map(plain)
  const places = key.map((column) => columns.indexOf(column))
  return {
    first: { build: rows, decode },
    later: { build: (db) => rows(db).where(isLater), decode },
    keyOf: (row) => places.map((place) => row[place] ?? null),
  }
}

/** Inserts `count` rows at once; their values are given one after the other. */
export const rowWriter = (name: TableName, count: number): Statement<Row, unknown> => {
  const { columns } = plans[name]
  const valuesOf = (row: number) =>
    Object.fromEntries(columns.map((column, n) => [column, slotOf(row * columns.length + n)]))
  return {
    build: (db) =>
      (db as unknown as ByName).insertInto(name).values(Array.from({ length: count }, (_, n) => valuesOf(n))),
    decode: undefined,
  }
}
