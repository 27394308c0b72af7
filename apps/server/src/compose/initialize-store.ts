// Initialises an empty data folder; safe if several processes do it at once.
import { localCaller, type MasterKey, type Random, type Store, type UseCases } from '@countersign/core'
import { type Asker, type DropletDriver, DropletError } from '@countersign/resources'
import type { Config } from '../config/config.ts'
import { DataFolderError, hasDatabase } from '../data-folder/data-folder.ts'
import { makeMasterKey, readMasterKey } from '../data-folder/master-key.ts'

/**
 * Reads the master key, or makes it.
 *
 * It is made only where no database is: one beside an existing database would open nothing in it, and would hide
 * that the right one is lost. The database is looked for first: whoever made it made the key before.
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

export interface StoreParts {
  readonly store: Pick<Store, 'keys'>
  readonly droplets: DropletDriver
  readonly keys: UseCases['keys']
}

/** Nobody asked; the owner is yet to be made, and will have this name. */
const system: Asker = { actor: undefined, name: 'owner', address: undefined, requestId: undefined }

/** Initialises an empty store. Keys come last: if there are any, the rest was made before, and may have been removed since. */
export async function initializeStore(
  { store, droplets, keys }: StoreParts,
  { signingAlgorithm, dropletDriver }: Pick<Config, 'signingAlgorithm' | 'dropletDriver'>,
): Promise<void> {
  if ((await store.keys.list()).length > 0) return
  try {
    // A container is made only on request: otherwise an engine that is down would prevent the keys from being made.
    if (dropletDriver === 'inventory') await droplets.add({ name: 'first-light' }, system)
  } catch (error) {
    if (!(error instanceof DropletError && error.code === 'droplet_name_taken')) throw error
  }
  await keys.initialize(signingAlgorithm, localCaller)
}
