import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { knownVersion } from '@countersign/store'
import {
  type Cluster,
  makeOlderSchema,
  olderOnPostgres,
  serverPrograms,
  startCluster,
} from '@countersign/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { sharing, startTestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import type { SchemaFixture } from './fixture.ts'
import { expected, folderOf, outcomes, readFixture, useUp } from './handed-out.ts'
import { makeOldFolder } from './old-folder.ts'

/*
 * What was handed out by the version of each schema has its effect on PostgreSQL: at two servers whose database is of that schema and is
 * migrated, or that a data folder of that schema was moved to.
 */

const programs = serverPrograms()
const shared = { ...sharing }
let cluster: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-schemas-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  Object.assign(sharing, { databaseOf: undefined }, shared)
})

let databases = 0
/** An empty database, which every server uses from now on, and a data folder that has the master key alone. */
function newDatabase(context: TestContext, left: string) {
  if (cluster === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  const name = `countersign_${++databases}`
  cluster.run(`create database ${name}`)
  const url = cluster.url(name)
  sharing.databaseOf = async () => ({ url, instances: 2 })
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  cpSync(join(left, 'master.key'), join(data, 'master.key'))
  const at = (...args: string[]) => run([...args, '--data', data], { env: { COUNTERSIGN_DATABASE_URL: url } })
  return { cluster, name, url, data, at }
}

/** Two servers that were started later, and stop at the end. */
async function expectEffect(data: string, fixture: SchemaFixture): Promise<void> {
  const time = new ManualTime((fixture.madeAt + 10) * 1000)
  const server = await startTestServer({ data, time, cheapHashes: true })
  try {
    expect(await outcomes(server, time, fixture)).toEqual(expected(fixture))
    await useUp(server, fixture)
  } finally {
    await server.close()
  }
}

describe('a PostgreSQL database of an older schema', () => {
  it.for(olderOnPostgres)(
    'is migrated by "countersign migrate" alone, and everything has its effect: %i',
    async (schema, context) => {
      const fixture = readFixture(schema)
      const left = join(folder, 'left')
      const path = makeOldFolder(left, folderOf(schema), fixture)
      const { cluster, name, url, data, at } = newDatabase(context, left)
      await makeOlderSchema(url, schema)
      cluster.runIn(name, 'set session_replication_role = replica', ...rowsOf(path))
      await expect(startTestServer({ data })).rejects.toThrow(/stop every server, and run "countersign migrate"/)
      expect(await at('migrate', '--json')).toMatchObject({
        status: 0,
        out: `{"schema":${knownVersion},"migrated_from":${schema}}\n`,
      })
      await expectEffect(data, fixture)
    },
  )
})

const isWhole = process.env.COUNTERSIGN_WHOLE === 'database'

describe('a data folder of a released schema', () => {
  it.for(isWhole ? Array.from({ length: knownVersion - 1 }, (_, n) => n + 1) : [1])(
    'is migrated and moved to PostgreSQL, and everything has its effect: schema %i',
    async (schema, context) => {
      const fixture = readFixture(schema)
      const left = join(folder, 'left')
      makeOldFolder(left, folderOf(schema), fixture)
      const { data, at } = newDatabase(context, left)
      const moved = join(folder, 'moved')
      expect(await run(['migrate', '--data', left])).toMatchObject({ status: 0 })
      expect(await run(['export', moved, '--data', left])).toMatchObject({ status: 0 })
      expect(await at('import', moved)).toMatchObject({ status: 0 })
      await expectEffect(data, fixture)
    },
  )
})

/** Statements that put every row of an SQLite database into tables of the same names and columns. */
function rowsOf(path: string): readonly string[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = db.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").all()
    return tables.flatMap(({ name }) => [
      `delete from ${name}`,
      ...db
        .prepare(`select * from "${name}"`)
        .all()
        .map((row) => insertion(String(name), row)),
    ])
  } finally {
    db.close()
  }
}

const insertion = (table: string, row: Record<string, unknown>): string =>
  `insert into ${table} (${Object.keys(row).map((column) => `"${column}"`)}) values (${Object.values(row).map(literal)})`

function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
