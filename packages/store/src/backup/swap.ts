import { existsSync, renameSync, rmSync } from 'node:fs'
import { beside, copyPrivately, removeWithLogs, replayable, syncFile, syncFolderOf } from './files.ts'

/** Called before each step of a restore that changes a file. A test ends the process there. */
export type OnStep = (step: string) => void

/**
 * Replaces the database at `path` by the draft, and keeps the old one under another name, with mode 0600.
 *
 * A power cut leaves the old database complete, or the new one. A log of the old one is removed before the new one appears, since
 * SQLite would replay it over the new one. If the old one could be opened, its log is empty. If not, no server starts with it, and
 * both log and database are kept.
 */
export const swap = (path: string, draft: string, kept: string, onStep: OnStep): void => {
  syncFile(draft)
  if (existsSync(path)) {
    for (const file of [path, ...replayable(path)]) {
      onStep('keep')
      copyPrivately(file, kept + file.slice(path.length))
    }
    syncFolderOf(path)
  }
  putInPlace(path, draft, onStep)
}

/** Replaces the database at `path` by the draft. The log of the old one is removed: it must be empty, or kept elsewhere. */
export const putInPlace = (path: string, draft: string, onStep: OnStep): void => {
  for (const file of beside(path)) {
    if (!existsSync(file)) continue
    onStep('remove log')
    rmSync(file)
  }
  syncFolderOf(path)
  onStep('rename')
  renameSync(draft, path)
  onStep('sync')
  syncFolderOf(path)
}

/** A name beside `path` that is free: `countersign.db.replaced-20260102T030405Z`. */
export const keptName = (path: string, now: number): string => {
  const time = new Date(now * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  for (let attempt = 1; ; attempt++) {
    const name = `${path}.replaced-${time}${attempt === 1 ? '' : `-${attempt}`}`
    if (!existsSync(name)) return name
  }
}

/** Removes what an interrupted restore left. */
export const removeDraft = (draft: string): void => removeWithLogs(draft)
