// Restores a backup: the part that needs the master key. Does not know how the result is presented.
import {
  type Client,
  KeyRing,
  KeyRotation,
  latestTotpStep,
  localCaller,
  type MasterKey,
  pagesOf,
  resealing,
  SealError,
  type StoredKeySet,
  type User,
} from '@countersign/core'
import { openStore, type Restored, restoreDatabase, type StoreHandle } from '@countersign/store'
import { SystemClock } from '../adapters/system-clock.ts'
import { systemRandom } from '../adapters/system-random.ts'
import type { Config } from '../config/config.ts'
import { DataFolderError, databaseFile, requireFolder } from '../data-folder/data-folder.ts'
import { readMasterKey } from '../data-folder/master-key.ts'
import { keyRetention } from './authority.ts'

export interface RestoreOptions {
  /** Path of the backup. */
  readonly file: string
  readonly keepSessions: boolean
  readonly keepCredentials: boolean
  /** The master key that the backup was made under, if that is not the one of the folder. */
  readonly backupKeyFile?: string | undefined
}

/**
 * Replaces the database by a backup.
 *
 * @throws DataFolderError, BackupError, StoreOpenError with a message for the user of the command line.
 */
export async function restoreFolder(
  config: Pick<Config, 'data' | 'masterKeyFile'>,
  { file, keepSessions, keepCredentials, backupKeyFile }: RestoreOptions,
): Promise<Restored> {
  requireFolder(config.data)
  const masterKey = requireMasterKey(config, file)
  const backupKey = backupKeyFile === undefined ? undefined : requireMasterKey({ masterKeyFile: backupKeyFile }, file)
  const now = Math.floor(Date.now() / 1000)
  let backupIsProven = false
  return restoreDatabase({
    path: databaseFile(config.data),
    file,
    now,
    keepSessions,
    keepCredentials,
    lastStep: latestTotpStep(now),
    feed: newFeedId(),
    resealing: backupKey && resealing(backupKey, masterKey, systemRandom),
    prove: (keys) => {
      requireOpened(keys, backupIsProven ? masterKey : (backupKey ?? masterKey), (error) =>
        backupIsProven ? error : wrongKey(backupKeyFile ?? config.masterKeyFile, file),
      )
      backupIsProven = true
    },
    endKeys: async (store) => {
      const clock = new SystemClock(await store.marks.highWater())
      const keys = new KeyRotation({ store, clock, random: systemRandom, masterKey, retention: keyRetention })
      await keys.revokeAll(localCaller)
    },
  })
}

/** The master key that a backup or an export is opened with. @throws DataFolderError if there is none. */
export function requireMasterKey({ masterKeyFile }: Pick<Config, 'masterKeyFile'>, file: string): MasterKey {
  const key = readMasterKey(masterKeyFile)
  if (key) return key
  const remedy = `put there the one that ${file} was made with, or name it with --master-key-file`
  throw new DataFolderError(`master key ${masterKeyFile} is missing: ${remedy}`)
}

const wrongKey = (keyFile: string, file: string): DataFolderError =>
  new DataFolderError(
    `master key ${keyFile} does not open ${file}: --backup-master-key-file names the one that it was made under`,
  )

/**
 * Ends what may have been ended since the backup of a database that its own tools have restored.
 *
 * @throws DataFolderError if the master key does not open the database; nothing is changed then.
 */
export async function endAfterRestore(
  store: StoreHandle,
  { masterKeyFile }: Pick<Config, 'masterKeyFile'>,
  keepCredentials: boolean,
): Promise<void> {
  const masterKey = requireMasterKey({ masterKeyFile }, 'the database')
  requireOpened(
    await store.keys.list(),
    masterKey,
    () => new DataFolderError(`master key ${masterKeyFile} does not open the restored database`),
  )
  const clock = new SystemClock(await store.marks.highWater())
  const now = clock.now()
  const [outcome, sessions] = keepCredentials ? ['as_backed_up', 'kept'] : ['credentials_ended', 'ended']
  await store.endAfterRestore({
    now,
    lastStep: latestTotpStep(now),
    keepCredentials,
    feed: newFeedId(),
    audit: { at: now, action: 'database_restored', detail: { outcome, sessions } },
  })
  if (keepCredentials) return
  await new KeyRotation({ store, clock, random: systemRandom, masterKey, retention: keyRetention }).revokeAll(
    localCaller,
  )
}

/** The id of a revocation feed: it only has to differ from any other. */
export const newFeedId = (): string => Buffer.from(systemRandom.bytes(11)).toString('hex')

/** @throws What `otherwise` makes of the error if the master key does not open the sets. */
export function requireOpened(
  sets: readonly StoredKeySet[],
  masterKey: MasterKey,
  otherwise: (error: SealError) => Error,
): void {
  try {
    KeyRing.open(sets, masterKey, keyRetention)
  } catch (error) {
    throw error instanceof SealError ? otherwise(error) : error
  }
}

/** All users and clients in the folder, in order of creation. */
export interface Roll {
  readonly people: readonly User[]
  readonly clients: readonly Client[]
}

export async function readRoll({ data }: Pick<Config, 'data'>): Promise<Roll> {
  const store = await openStore({ path: databaseFile(data) })
  try {
    return await rollOf(store)
  } finally {
    await store.close()
  }
}

export const rollOf = async (store: StoreHandle): Promise<Roll> => ({
  people: await allUsers(store),
  clients: await allClients(store),
})

const perPage = 200

async function allUsers(store: StoreHandle): Promise<readonly User[]> {
  const all: User[] = []
  const list = (after: string | undefined) => store.users.list({ limit: perPage, after })
  for await (const { users } of pagesOf(list)) all.push(...users)
  return all
}

async function allClients(store: StoreHandle): Promise<readonly Client[]> {
  const all: Client[] = []
  const list = (after: string | undefined) => store.clients.list({ limit: perPage, after })
  for await (const { clients } of pagesOf(list)) all.push(...clients)
  return all
}
