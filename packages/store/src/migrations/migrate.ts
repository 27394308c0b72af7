import type { Engine, Executor } from '../engine/engine.ts'
import { once } from '../engine/statement.ts'
import { StoreOpenError } from '../engine/store-open-error.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { insert, number, statement } from '../schema/statement.ts'
import { schemaVersions } from '../schema/tables.ts'
import type { Migration } from './migration.ts'

/**
 * Brings the schema up to the last of `migrations`, in one unit: of two processes that open a store at the same time, one
 * migrates and the other finds it done.
 *
 * @param now epoch seconds, for the record
 * @returns the schema's version
 * @throws StoreOpenError `schema_newer`: a later program has used the database; an older one must not change what it does not know.
 */
export const migrate = (engine: Engine, migrations: readonly Migration[], now: number): Promise<number> =>
  engine.write([aloneOn.schema], async (execute) => {
    await execute.run(once(versionTable(engine)), {})
    const current = (await execute.first(currentVersion, {})) ?? 0
    if (current > migrations.length) {
      const message = `the database has schema ${current}, and this program knows ${migrations.length}, since a later version of Countersign has migrated it`
      throw new StoreOpenError('schema_newer', message)
    }
    for (const step of engine.ddl.fence(current, migrations.length)) await execute.run(once(step), {})
    for (const migration of migrations.slice(current)) await apply(execute, engine, migration, now)
    return migrations.length
  })

/** Reads the schema's version. */
export const schemaVersion = async (engine: Engine): Promise<number> =>
  (await engine.read.first(currentVersion, {})) ?? 0

const apply = async (execute: Executor, engine: Engine, migration: Migration, now: number): Promise<void> => {
  for (const step of migration.steps(engine.ddl, now)) await execute.run(once(step), {})
  await execute.run(recordVersion, { version: migration.version, name: migration.name, appliedAt: now })
}

const versionTable = ({ ddl }: Engine) =>
  ddl.keyed(
    ddl.schema
      .createTable('schema_versions')
      .ifNotExists()
      .addColumn('version', ddl.integer, (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('applied_at', ddl.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('schema_versions_key', ['version']),
  )

const currentVersion = statement(
  {},
  (db) => db.selectFrom('schema_versions').select((eb) => eb.fn.max('version').as('version')),
  number,
)

const recordVersion = insert(schemaVersions)
