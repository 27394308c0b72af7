import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parts } from './law.ts'

/** The public entries of each package: what is imported by name, and the source file that it is. */
export type Entries = ReadonlyMap<string, string>

/** Reads them from each package of the workspace in this folder. */
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
