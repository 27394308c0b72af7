import { randomUUID } from 'node:crypto'

const scheme = 'file:/countersign-'
const end = '?vfs=memdb'

/**
 * The name of a new database in memory. Every connection of this process that opens the name has the same database; it is gone
 * when the last one closes. The name cannot be that of a file: SQLite's own `memdb` file system holds it.
 */
export const memoryPath = (): string => `${scheme}${randomUUID()}${end}`

export const isInMemory = (path: string): boolean => path.startsWith(scheme) && path.endsWith(end)
