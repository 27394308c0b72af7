import type { CampaignDatabase } from './database.ts'
import type { Place } from './place.ts'
import { makeGiven, startPostgres } from './postgres-database.ts'
import { connectSqlite } from './sqlite-database.ts'

/** An empty database for one run: in the data folder, on a PostgreSQL server of its own, or on one that somebody else runs. */
export const openDatabase = async ({ engine, given }: Place): Promise<CampaignDatabase> => {
  if (given) return makeGiven(given)
  return engine === 'postgres' ? startPostgres() : inDataFolder
}

const inDataFolder: CampaignDatabase = {
  env: {},
  connect: ({ database }) => connectSqlite(database),
  [Symbol.asyncDispose]: async () => {},
}
