import type { CampaignDatabase, EngineName } from './database.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { connectSqlite } from './sqlite-database.ts'

/** An empty database for one run: in the data folder, or on a PostgreSQL server of its own. */
export const openDatabase = async (engine: EngineName = 'sqlite'): Promise<CampaignDatabase> =>
  engine === 'postgres' ? await PostgresDatabase.start() : inDataFolder

const inDataFolder: CampaignDatabase = {
  env: {},
  connect: async ({ database }) => connectSqlite(database),
  [Symbol.asyncDispose]: async () => {},
}
