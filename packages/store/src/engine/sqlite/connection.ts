import { DatabaseSync } from 'node:sqlite'
import type { Pause } from '../pause.ts'
import { StoreOpenError } from '../store-open-error.ts'
import { isBusy } from './fault.ts'
import { isInMemory } from './memory.ts'

/** Older ones can corrupt a database when a WAL is reset (fixed in 3.51.3). */
const oldestVersion = [3, 51, 3] as const

/** What each connection is set to, and must say of itself when it is asked (N-230). */
const settings = {
  journal_mode: 'wal',
  // FULL: a commit is on disk before it returns, whatever the power does.
  synchronous: 2,
  foreign_keys: 1,
  // SQLite would wait inside the call and block the event loop with it; we wait on a timer instead.
  busy_timeout: 0,
  trusted_schema: 0,
} as const

type Setting = keyof typeof settings
/** A database in memory has no log beside it. */
const settingsOf = (path: string): Settings => (isInMemory(path) ? { ...settings, journal_mode: 'memory' } : settings)
export type Settings = Readonly<Record<Setting, string | number>>

/** Opens the connection that writes. Waits for another process that is opening the same new file. */
export const openWriter = async (path: string, pause: Pause, limitMilliseconds: number): Promise<DatabaseSync> => {
  const db = connect(path, false)
  const deadline = pause.elapsedMilliseconds() + limitMilliseconds
  for (;;) {
    try {
      const wanted = settingsOf(path)
      for (const [name, value] of Object.entries(wanted)) db.exec(`pragma ${name} = ${value}`)
      assertVersion(versionOf(db))
      assertSettings(readSettings(db), wanted)
      return db
    } catch (error) {
      if (!isBusy(error) || pause.elapsedMilliseconds() >= deadline) {
        db.close()
        throw openError(path, error)
      }
    }
    await pause.wait(5)
  }
}

/** Opens the connection that reads beside it: it never waits for a commit. */
export const openReader = (path: string): DatabaseSync => {
  const db = connect(path, true)
  try {
    db.exec(`pragma busy_timeout = ${settings.busy_timeout}; pragma trusted_schema = ${settings.trusted_schema}`)
    return db
  } catch (error) {
    db.close()
    throw openError(path, error)
  }
}

export const versionOf = (db: DatabaseSync): string => String(db.prepare('select sqlite_version() as v').get()?.v)

export const readSettings = (db: DatabaseSync): Settings =>
  Object.fromEntries(
    Object.keys(settings).map((name) => [name, Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0]]),
  ) as Settings

/** @throws StoreOpenError `engine_too_old`. */
export const assertVersion = (version: string): void => {
  const parts = version.split('.').map(Number)
  for (const [place, least] of oldestVersion.entries()) {
    const part = parts[place] ?? 0
    if (part > least) return
    if (part < least) {
      const message = `SQLite ${version} is older than ${oldestVersion.join('.')} and may corrupt its log; use a newer Node.js`
      throw new StoreOpenError('engine_too_old', message)
    }
  }
}

/** @throws StoreOpenError `setting_refused`. */
export const assertSettings = (actual: Settings, wanted: Settings = settings): void => {
  for (const [name, needed] of Object.entries(wanted)) {
    const found = actual[name as Setting]
    if (found !== needed) {
      throw new StoreOpenError('setting_refused', `SQLite answers ${name} = ${found} where ${needed} is needed`)
    }
  }
}

const connect = (path: string, readOnly: boolean): DatabaseSync => {
  try {
    return new DatabaseSync(path, { readOnly, timeout: 0, enableForeignKeyConstraints: true })
  } catch (error) {
    throw openError(path, error)
  }
}

const openError = (path: string, error: unknown): StoreOpenError => {
  if (error instanceof StoreOpenError) return error
  if (isBusy(error)) return new StoreOpenError('locked', `another process keeps ${path} locked`, error)
  return new StoreOpenError('file_unusable', `${path} cannot be used as a database`, error)
}
