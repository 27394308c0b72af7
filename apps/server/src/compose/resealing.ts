// Replaces the master key: the part that knows where the key is. Does not know how the result is presented.
import { existsSync, linkSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { KeyRing, type MasterKey, resealing, SealError, type StoredKeySet, sameBytes } from '@countersign/core'
import { migrationBackups, type ResealedRows, replacedKey, resealDatabase, type StoreHandle } from '@countersign/store'
import { systemRandom } from '../adapters/system-random.ts'
import type { Config } from '../config/config.ts'
import { DataFolderError, databaseFile, requireDatabase } from '../data-folder/data-folder.ts'
import { syncFolder, writeDurably } from '../data-folder/durable-file.ts'
import { makeMasterKey, nextKeyFile, readMasterKey } from '../data-folder/master-key.ts'
import { isSystemError } from '../data-folder/system-error.ts'
import { keyRetention } from './authority.ts'

export interface ResealFolderOptions {
  /** The new master key. It is created if it does not exist. */
  readonly newKeyFile: string
  /** Epoch seconds. */
  readonly now: number
  /** Called before each step that changes a file. A test ends the process there. */
  readonly onStep?: (step: string) => void
  /** Default asks the file system. */
  readonly freeBytes?: (folder: string) => number
}

export interface ResealedFolder {
  /** `undefined` if the database was sealed under the new key already. */
  readonly rows: ResealedRows | undefined
  /** The file that the next start has to read. */
  readonly masterKeyFile: string
  /** Where the old key is kept; `undefined` if its file was not replaced. */
  readonly oldKeyFile: string | undefined
  /** Files that the old key still opens. */
  readonly underOldKey: readonly string[]
}

type FolderConfig = Pick<Config, 'data' | 'masterKeyFile' | 'migrationBackupFolder'>

/**
 * Seals the database under another master key. A key file in the data folder is replaced, too. One that is elsewhere is not: it may
 * be mounted read-only.
 *
 * It can be interrupted at any step, and then be repeated.
 *
 * @throws DataFolderError, BackupError, StoreOpenError with a message for the user of the command line.
 */
export async function resealFolder(config: FolderConfig, options: ResealFolderOptions): Promise<ResealedFolder> {
  const { now, onStep = () => {}, freeBytes } = options
  requireDatabase(config.data)
  const change = changeOf(config, options)
  const rows = await resealDatabase({ path: databaseFile(config.data), now, ...change, onStep, freeBytes })
  const { files, isReplaced } = change
  return { rows, ...files, underOldKey: rows === undefined && isReplaced ? [] : earlierCopies(config) }
}

/**
 * The same for a database on a server, in one commit. Its earlier backups are not known here, and what was overwritten stays in its
 * files until the database removes it.
 *
 * @param store That no other process has open.
 * @throws DataFolderError, StoreOpenError
 */
export async function resealOnServer(
  store: StoreHandle,
  config: FolderConfig,
  options: Omit<ResealFolderOptions, 'freeBytes'>,
): Promise<ResealedFolder> {
  const { now, onStep = () => {} } = options
  const { resealing, keyOf, beforeSwap, afterSwap, files } = changeOf(config, options)
  const isDone = keyOf(await store.keys.list()) === 'new'
  if (!isDone) beforeSwap()
  onStep('seal')
  const rows = isDone ? undefined : await store.sealAnew({ resealing, audit: replacedKey(now) })
  onStep('sealed')
  afterSwap()
  return { rows, ...files, underOldKey: [] }
}

/** From which key to which, and what that does to files. */
function changeOf(config: FolderConfig, { newKeyFile, now, onStep = () => {} }: ResealFolderOptions) {
  const oldKey = requireKey(config)
  const newKey = readMasterKey(newKeyFile) ?? makeMasterKey(newKeyFile, systemRandom)
  const replaces = isInFolder(config)
  const next = nextKeyFile(config.masterKeyFile)
  const isReplaced = sameBytes(oldKey, newKey)
  return {
    isReplaced,
    files: {
      masterKeyFile: replaces ? config.masterKeyFile : newKeyFile,
      oldKeyFile: replaces && !isReplaced ? keptName(config, now) : undefined,
    },
    resealing: resealing(oldKey, newKey, systemRandom),
    keyOf: (keys: readonly StoredKeySet[]): 'old' | 'new' => {
      if (opensAll(keys, newKey)) return 'new'
      if (opensAll(keys, oldKey)) return 'old'
      throw neitherOpens(config, newKeyFile)
    },
    beforeSwap: () => {
      if (!replaces) return
      onStep('write key')
      rmSync(next, { force: true })
      writeDurably(next, newKey)
      syncFolder(config.data)
    },
    afterSwap: () => {
      if (!replaces || isReplaced) return
      if (!existsSync(next)) writeDurably(next, newKey)
      onStep('keep old key')
      keepOldKey(config, now)
      onStep('replace key')
      renameSync(next, config.masterKeyFile)
      onStep('sync key')
      syncFolder(config.data)
    },
  }
}

function requireKey({ masterKeyFile }: FolderConfig): MasterKey {
  const key = readMasterKey(masterKeyFile)
  if (key) return key
  throw new DataFolderError(`master key ${masterKeyFile} is missing: it is needed to open what it has sealed`)
}

const neitherOpens = ({ masterKeyFile }: FolderConfig, newKeyFile: string): DataFolderError =>
  new DataFolderError(
    `neither ${masterKeyFile} nor ${newKeyFile} opens the database: --master-key-file names the key that it is sealed under`,
  )

function opensAll(keys: readonly StoredKeySet[], key: MasterKey): boolean {
  try {
    KeyRing.open(keys, key, keyRetention)
    return true
  } catch (error) {
    if (error instanceof SealError) return false
    throw error
  }
}

/** A link may lead to a mounted secret, which this process cannot replace. */
const isInFolder = ({ data, masterKeyFile }: FolderConfig): boolean =>
  dirname(masterKeyFile) === data && !lstatSync(masterKeyFile).isSymbolicLink()

const keptName = ({ masterKeyFile }: FolderConfig, now: number): string =>
  `${masterKeyFile}.replaced-${new Date(now * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`

/** Under another name for the same file, so that no step leaves the folder without it. */
function keepOldKey(config: FolderConfig, now: number): void {
  try {
    linkSync(config.masterKeyFile, keptName(config, now))
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error
  }
}

/** Backups that migrations made, and databases that restores have replaced. */
function earlierCopies({ data, migrationBackupFolder }: FolderConfig): readonly string[] {
  const name = basename(databaseFile(data))
  const replaced = readdirSync(data).filter((file) => file.startsWith(`${name}.replaced-`))
  return [
    ...replaced.map((file) => join(data, file)),
    ...migrationBackups(migrationBackupFolder).map(({ file }) => file),
  ]
}
