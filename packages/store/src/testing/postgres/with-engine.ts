import { openPostgres, type PostgresEngine } from '../../engine/postgres/postgres-engine.ts'
import { knownVersion } from '../../migrations/migrations.ts'
import { migrateAlone } from '../../open/open-postgres.ts'
import type { Cluster } from './cluster.ts'

let databases = 0

/**
 * Runs `body` on a database of its own.
 *
 * @param parameters Of the URL, such as `&pool_size=2`.
 */
export const withEngine = async (
  cluster: Cluster,
  parameters: string,
  body: (engine: PostgresEngine, url: string) => Promise<void>,
): Promise<void> => {
  const name = `test_${++databases}`
  cluster.run(`create database ${name}`)
  // Without the parameters: a migration may take longer than a test of timeouts allows.
  const migrated = await openPostgres({ url: cluster.url(name) })
  await migrateAlone(migrated, 0).finally(() => migrated.close())
  const url = cluster.url(name, parameters)
  const engine = await openPostgres({ url })
  engine.requireSchema(knownVersion)
  try {
    await body(engine, url)
  } finally {
    await engine.close()
  }
}
