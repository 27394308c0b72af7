import { postgresDdl } from '../../engine/postgres/ddl.ts'
import { openPostgres } from '../../engine/postgres/postgres-engine.ts'
import { migrate } from '../../migrations/migrate.ts'
import { knownVersion, migrations } from '../../migrations/migrations.ts'

/** The earlier versions of the schema that a PostgreSQL database may have had rows of. */
export const olderOnPostgres: readonly number[] = migrations
  .map(({ version }) => version)
  .filter((version) => version >= postgresDdl.firstVersion && version < knownVersion)

/** Makes the tables of an earlier version in an empty database, as a program of that version did: a migration is never changed. */
export const makeOlderSchema = async (url: string, version: number): Promise<void> => {
  const engine = await openPostgres({ url })
  try {
    await engine.prepare()
    await migrate(engine, migrations.slice(0, version), 0)
  } finally {
    await engine.close()
  }
}
