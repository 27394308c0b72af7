import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A folder for one test; give it to `using`, and it is gone when the test is. */
export const temporaryFolder = (): Disposable & { readonly path: string; file(name: string): string } => {
  const path = mkdtempSync(join(tmpdir(), 'countersign-store-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Another program's connection to the same file. */
export const strangerAt = (path: string): Disposable & { exec(sql: string): void; all(sql: string): unknown[] } => {
  const db = new DatabaseSync(path, { timeout: 0 })
  return {
    exec: (sql) => db.exec(sql),
    all: (sql) => db.prepare(sql).all(),
    [Symbol.dispose]: () => db.close(),
  }
}
