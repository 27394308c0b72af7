import { randomBytes } from 'node:crypto'
import type { RestoreOptions } from '../backup/restore.ts'
import { start } from '../conformance/scenario/fixtures.ts'

/** A restore that keeps nothing, and does not check the keys of the backup. */
export const restoreOptions = (path: string, file: string): RestoreOptions => ({
  path,
  file,
  now: start + 1000,
  keepSessions: false,
  keepCredentials: false,
  prove: () => {},
  endKeys: async () => {},
  lastStep: 0,
  feed: randomBytes(11).toString('hex'),
})
