// Initialises an empty data folder. Safe if several processes do it at once.
import { type Domain, type MasterKey, makeKeySet, type Random } from '@countersign/core'
import { type Asker, type DropletDriver, DropletError } from '@countersign/resources'
import type { Config } from '../config/config.ts'
import { DataFolderError, hasDatabase } from '../data-folder/data-folder.ts'
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

export type StoreInitialization = Pick<Domain, 'store' | 'clock' | 'random'> & {
  readonly masterKey: MasterKey
  readonly droplets: DropletDriver
}

/** The start-up has no acting user. The owner does not exist yet and will have this name. */
const system: Asker = { actor: undefined, name: 'owner', address: undefined, requestId: undefined }

/**
 * Initialises an empty store. Keys come last: if there are keys, the rest was already created, and may have been
 * deleted since.
 */
export async function initializeStore(
  deps: StoreInitialization,
  { signingAlgorithm: algorithm, dropletDriver }: Pick<Config, 'signingAlgorithm' | 'dropletDriver'>,
): Promise<void> {
  if ((await deps.store.keys.list()).length > 0) return
  try {
    // No container is created until a client requests one: keys must be created even if the container engine is down.
    if (dropletDriver === 'inventory') await deps.droplets.add({ name: 'first-light' }, system)
  } catch (error) {
    if (!(error instanceof DropletError && error.code === 'droplet_name_taken')) throw error
  }
  const now = deps.clock.now()
  const set = makeKeySet({ number: 1, algorithm, createdAt: now, activatesAt: now }, deps.masterKey, deps.random)
  // Not a rotation: that would add a second set if another process created the first one in between. Its set is used
  // then.
  const addition = { set, after: undefined, removing: [] }
  await deps.store.keys.add(addition, { at: now, action: 'keys_rotated', detail: { number: 1, kid: set.kid } })
}
