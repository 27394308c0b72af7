// What an empty data folder is given by whoever opens it first. Several may come at once: each step is taken by one of
// them and found done by the others.
import { type Domain, type MasterKey, makeKeySet, type Random } from '@countersign/core'
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

export type Furnishing = Pick<Domain, 'store' | 'clock' | 'random'> & {
  readonly masterKey: MasterKey
  readonly droplets: DropletDriver
}

/** Nobody asked; the owner is yet to be made, and will have this name. */
const system: Asker = { actor: undefined, name: 'owner', address: undefined, requestId: undefined }

/** What an empty store is given. Keys come last: where they are, the rest was made, and may have been removed since. */
export async function initializeStore(
  deps: Furnishing,
  { signingAlgorithm: algorithm, dropletDriver }: Pick<Config, 'signingAlgorithm' | 'dropletDriver'>,
): Promise<void> {
  if ((await deps.store.keys.list()).length > 0) return
  try {
    // A container is made only when somebody asks for one: an engine that is down must not keep keys from being made.
    if (dropletDriver === 'inventory') await deps.droplets.add({ name: 'first-light' }, system)
  } catch (error) {
    if (!(error instanceof DropletError && error.code === 'droplet_name_taken')) throw error
  }
  const now = deps.clock.now()
  const set = makeKeySet({ number: 1, algorithm, createdAt: now, activatesAt: now }, deps.masterKey, deps.random)
  // Not a rotation: that would add a second set if somebody else's first one came in between. Theirs counts then.
  const addition = { set, after: undefined, removing: [] }
  await deps.store.keys.add(addition, { at: now, action: 'keys_rotated', detail: { number: 1, kid: set.kid } })
}
