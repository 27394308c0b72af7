import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Backend } from '../conformance/index.ts'
import { timerPause } from '../engine/pause.ts'
import { openWriter } from '../engine/sqlite/connection.ts'
import { memoryPath } from '../engine/sqlite/memory.ts'
import { openSqlite } from '../engine/sqlite/sqlite-engine.ts'
import { openLocked, openStore, type StoreHandle, storeOn } from '../open/open.ts'
import { type ConcurrentOptions, concurrentEngine } from './concurrent-engine.ts'
import { sqliteFault } from './faults/sqlite-faults.ts'
import { temporaryFolder } from './folder.ts'

type PlacedBackend = Backend & { readonly path: string }
type Open = (path: string) => Promise<StoreHandle>

/** A SQLite file in a folder of its own. Faults are triggers that another connection puts into the very same file. */
const backendOf = (open: Open) => async (): Promise<PlacedBackend> => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'))
  return backendAt(join(folder, 'countersign.db'), open, () => rm(folder, { recursive: true }))
}

const backendAt = async (path: string, open: Open, tidy = async () => {}): Promise<PlacedBackend> => {
  let store = await open(path)
  return {
    path,
    get store(): StoreHandle {
      return store
    },
    reopen: async () => {
      await store.close()
      store = await open(path)
      return store
    },
    inject: async (fault) => {
      const { inject, mend } = sqliteFault(fault)
      definitions(path, inject)
      return async () => definitions(path, mend)
    },
    dispose: async () => {
      await store.close()
      await tidy()
    },
  }
}

/**
 * A database in memory. A connection of its own keeps it while the store is opened again. After each commit, every answer that the
 * engine still knows is asked again and compared.
 */
export const memoryBackend = async (): Promise<Backend> => {
  const path = memoryPath()
  const keeping = new DatabaseSync(path)
  const backend = await backendAt(path, (at) => openLocked({ path: at, provesKnownAnswers: true }))
  return {
    ...backend,
    get store(): StoreHandle {
      return backend.store
    },
    dispose: async () => {
      await backend.dispose()
      keeping.close()
    },
  }
}

/** An empty database of this schema, made once. */
let template: Promise<Uint8Array> | undefined

const makeTemplate = async (): Promise<Uint8Array> => {
  using folder = temporaryFolder()
  const path = folder.file('countersign.db')
  await (await openStore({ path })).close()
  return readFileSync(path)
}

const copyTemplate = async (path: string): Promise<void> => {
  template ??= makeTemplate()
  if (!existsSync(path)) writeFileSync(path, await template)
}

export const sqliteBackend = backendOf(async (path) => {
  await copyTemplate(path)
  return openStore({ path })
})

/** The same database, with units that run concurrently and twice. Nothing of it has to outlive the process. */
export const concurrentBackend = (ignores?: ConcurrentOptions['ignores']) =>
  backendOf(async (path) => {
    await copyTemplate(path)
    const inner = await openSqlite({ path })
    const db = await openWriter(path, timerPause, 2000)
    db.exec('pragma synchronous = off')
    return storeOn(concurrentEngine({ inner, db, ...(ignores && { ignores }) }))
  })

const definitions = (path: string, statements: readonly string[]): void => {
  const db = new DatabaseSync(path)
  for (const statement of statements) db.exec(statement)
  db.close()
}
