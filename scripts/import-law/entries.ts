import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parts } from './law.ts'

/** The public entries of each package: from import name to source file. */
export type Entries = ReadonlyMap<string, string>

/** Reads the entries of each workspace package in this folder. */
export function entriesOf(root: string): Entries {
  const entries = new Map<string, string>()
  for (const { folder } of parts) {
    const file = join(root, folder, 'package.json')
    if (!existsSync(file)) continue
    const { name, exports = {} } = JSON.parse(readFileSync(file, 'utf8'))
    for (const [entry, target] of Object.entries<string | { countersign?: string }>(exports)) {
      const source = typeof target === 'string' ? target : (target.countersign ?? '')
      entries.set(posix.join(name, entry), posix.join(folder, source))
    }
  }
  return entries
}
