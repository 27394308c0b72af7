import { openStore, type StoreHandle } from '../open/open.ts'
import { openPostgresStore } from '../open/open-postgres.ts'

/** Opens the store in a file, or at the URL of a database. */
export const openAt = (place: string): Promise<StoreHandle> =>
  place.startsWith('postgres:') ? openPostgresStore({ url: place }) : openStore({ path: place })
