import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { StoreError } from '@countersign/core'
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest'
import { event, user } from '../conformance/scenario/fixtures.ts'
import { openPostgresStore } from '../open/open-postgres.ts'
import { tapQueries } from '../testing/drivers/query-tap.ts'
import { type Cluster, serverPrograms, startCluster } from '../testing/postgres/cluster.ts'
import { makeOlderSchema, olderOnPostgres } from '../testing/postgres/older-schema.ts'
import { knownVersion } from './migrations.ts'

const programs = serverPrograms()
let running: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) running = await startCluster()
})
afterAll(() => running?.[Symbol.asyncDispose]())

const clusterOf = (context: TestContext): Cluster =>
  running ?? context.skip('missing' in programs ? programs.missing : 'no server')

let databases = 0
const makeDatabase = (cluster: Cluster, template = 'template1'): string => {
  const name = `schema_${++databases}`
  cluster.run(`create database ${name} template ${template}`)
  return name
}

interface Column {
  readonly name: string
  readonly type: 'bigint' | 'bytea' | 'text'
  /** Whether a row may lack it. */
  readonly optional: boolean
}
type Tables = Readonly<Record<string, readonly Column[]>>

/** Those that hold what users have. */
const tablesIn = (cluster: Cluster, database: string): Tables =>
  JSON.parse(
    cluster.runIn(
      database,
      `select json_object_agg(name, columns) from (
         select table_name as name, json_agg(json_build_object('name', column_name, 'type', data_type,
           'optional', is_nullable = 'YES' or column_default is not null) order by ordinal_position) as columns
         from information_schema.columns where table_schema = 'public' and table_name not in ('locks', 'schema_versions')
           and table_name not like 'schema_is_%'
         group by table_name) as tables`,
    ),
  )

const literal = ({ name, type }: Column, row: number): string => {
  if (type === 'bigint') return String(row)
  return type === 'text' ? `'${name} ${row}'` : `'\\x0${row}ff'`
}

/** Two rows in each table: one with every column, and one with those that it must have. The guards and references are for programs. */
const fill = (cluster: Cluster, database: string, tables: Tables): void => {
  const rows = Object.entries(tables).flatMap(([table, columns]) =>
    [columns, columns.filter(({ optional }) => !optional)].map((given, at) => {
      const values = given.map((column) => literal(column, at + 1))
      return `insert into ${table} (${given.map(({ name }) => `"${name}"`)}) values (${values})`
    }),
  )
  cluster.runIn(database, 'set session_replication_role = replica', ...rows)
}

/** Every row of every table, with the columns of `tables` alone. */
const rowsOf = (cluster: Cluster, database: string, tables: Tables): readonly string[] => {
  const questions = Object.entries(tables).map(([table, columns]) => {
    const names = columns.map(({ name }) => `"${name}"`)
    return `select '${table}', ${names} from ${table} order by ${names}`
  })
  return cluster.runIn(database, ...questions).split('\n')
}

const versionsIn = (cluster: Cluster, database: string): string =>
  cluster.runIn(database, 'select max(version) from schema_versions')

describe.each(olderOnPostgres)('a PostgreSQL database of schema %i', (version) => {
  const older = async (context: TestContext) => {
    const cluster = clusterOf(context)
    const database = makeDatabase(cluster)
    await makeOlderSchema(cluster.url(database), version)
    const tables = tablesIn(cluster, database)
    fill(cluster, database, tables)
    return { cluster, database, tables, rows: rowsOf(cluster, database, tables) }
  }

  it('is left alone by a server, and is migrated with every row as it was', async (context) => {
    const { cluster, database, tables, rows } = await older(context)
    const url = cluster.url(database)
    const [count, names] = [rows.length, Object.keys(tables)]
    assert.ok(names.length > 20 && count >= 2 * names.length, `${count} rows in ${names.length} tables`)
    await assert.rejects(openPostgresStore({ url }), { name: 'StoreOpenError', code: 'schema_older' })
    assert.equal(versionsIn(cluster, database), String(version))
    const store = await openPostgresStore({ url, older: 'migrate' })
    assert.equal((await store.check()).schemaVersion, knownVersion)
    assert.deepEqual(rowsOf(cluster, database, tables), rows)
    await store.users.create(user(9), event('user_created'))
    await store.close()
  })

  it('whose migration loses its connection after any statement is as it was, and is migrated by the next one', async (context) => {
    const { cluster, database: template, tables, rows } = await older(context)
    const found: string[] = []
    for (let isDone = false, at = 1; !isDone; at++) {
      const database = makeDatabase(cluster, template)
      const url = cluster.url(database)
      isDone = await migratesDespite(url, at)
      found.push(versionsIn(cluster, database))
      assert.deepEqual(rowsOf(cluster, database, tables), rows)
      await (await openPostgresStore({ url, older: 'migrate' })).close()
      assert.equal(versionsIn(cluster, database), String(knownVersion))
      assert.deepEqual(rowsOf(cluster, database, tables), rows)
    }
    // The answer of the commit alone is lost when everything is done. The last migration had fewer statements, and lost nothing.
    const undone = found.slice(0, -2)
    assert.ok(undone.length >= 5 && undone.every((one) => one === String(version)), found.join())
    assert.deepEqual(found.slice(-2), Array(2).fill(String(knownVersion)))
  })
})

/** Whether it is migrated although connections are lost after so many statements of the transaction. */
const migratesDespite = async (url: string, statements: number): Promise<boolean> => {
  using _cut = cutConnections(statements)
  try {
    const store = await openPostgresStore({ url, older: 'migrate' })
    await store.close()
    return true
  } catch (error) {
    assert.ok(error instanceof StoreError && error.kind === 'unavailable', String(error))
    return false
  }
}

/** A connection is lost when so many statements of a transaction were executed, with the answer of the last one. */
const cutConnections = (statements: number): Disposable => {
  let executed: number | undefined
  return tapQueries(async ({ client, sql, proceed }) => {
    if (sql.startsWith('begin ')) executed = 0
    const answer = await proceed()
    if (executed !== undefined && ++executed === statements) {
      executed = undefined
      const { stream } = (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection
      stream.destroy()
      throw new Error('the connection was lost')
    }
    return answer
  })
}
