// Initialises an empty data folder. Safe if several processes do it at once.
import { dirname } from 'node:path'
import { localCaller, type MasterKey, type Random, type Store, type UseCases } from '@countersign/core'
import { type DropletCaller, type DropletDriver, DropletError } from '@countersign/resources'
import type { Config } from '../config/config.ts'
import { DataFolderError, hasDatabase, makeDataFolder } from '../data-folder/data-folder.ts'
import { makeMasterKey, readMasterKey } from '../data-folder/master-key.ts'

/**
 * Reads the master key, or creates it.
 *
 * A key is created only if there is no database. A new key beside an existing database could not open anything in it,
 * and would hide that the right key is lost. The database is checked first, because a process that creates both creates
 * the key first.
 *
 * @throws DataFolderError
 */
export function openMasterKey(
  { data, masterKeyFile }: Pick<Config, 'data' | 'masterKeyFile'>,
  random: Random,
): MasterKey {
  const used = hasDatabase(data)
  const key = readMasterKey(masterKeyFile)
  if (key) return key
  if (used) throw new DataFolderError(`master key ${masterKeyFile} is missing, and the database in ${data} needs it`)
  return makeMasterKey(masterKeyFile, random)
}

/**
 * The same for a database that instances on several machines share. The folder of the key is made if it is the data folder.
 *
 * @param isUsed Whether the database has something that the key opens.
 * @throws DataFolderError
 */
export function openSharedMasterKey(
  { data, masterKeyFile }: Pick<Config, 'data' | 'masterKeyFile'>,
  isUsed: boolean,
  random: Random,
): MasterKey {
  const key = readMasterKey(masterKeyFile)
  if (key) return key
  if (isUsed) {
    throw new DataFolderError(
      `master key ${masterKeyFile} is missing, and the database needs it: copy it from another server, or name it with --master-key-file`,
    )
  }
  if (dirname(masterKeyFile) === data) makeDataFolder(data)
  return makeMasterKey(masterKeyFile, random)
}

/** For a store in memory, which ends with this process. */
export const newMasterKey = (random: Random): MasterKey => random.bytes(32)

export interface StoreParts {
  readonly store: Pick<Store, 'keys'>
  readonly droplets: DropletDriver
  readonly keys: UseCases['keys']
}

/** The start-up has no acting user. The owner does not exist yet and will have this name. */
const system: DropletCaller = { actor: undefined, name: 'owner', address: undefined, requestId: undefined }

/**
 * Initialises an empty store. Keys come last: if there are keys, the rest was already created, and may have been
 * deleted since.
 */
export async function initializeStore(
  { store, droplets, keys }: StoreParts,
  { signingAlgorithm, dropletDriver }: Pick<Config, 'signingAlgorithm' | 'dropletDriver'>,
): Promise<void> {
  if ((await store.keys.list()).length > 0) return
  try {
    // No container is created until a client requests one: keys must be created even if the container engine is down.
    if (dropletDriver === 'inventory') await droplets.add({ name: 'first-light' }, system)
  } catch (error) {
    if (!(error instanceof DropletError && error.code === 'droplet_name_taken')) throw error
  }
  await keys.initialize(signingAlgorithm, localCaller)
}
