/**
 * The ports of the domain, on SQL through Kysely.
 *
 * This room owns tables, transactions, migrations and the engines beneath them. It must not know use cases, HTTP or the
 * contract. A port's method is one read or one unit of writing; the unit carries its audit row in the same commit, and is
 * answered only when that commit is on disk. How to read it: `schema.ts` (what is kept), `authorizations/` and its siblings
 * (what happens to it), `engine/` (how it reaches a disk), `conformance/` (what every engine must prove).
 */
export { type BackupFacts, backUpDatabase } from './backup/back-up.ts'
export { BackupError, type BackupErrorCode } from './backup/backup-error.ts'
export type { Carried, LeftBehind } from './backup/carry-over.ts'
export { faultsOf } from './backup/quick-check.ts'
export type { ReplacedState } from './backup/replaced.ts'
export { type Restored, type RestoreOptions, restoreDatabase } from './backup/restore.ts'
export { endedUncleanly, markServing, unmarkServing } from './backup/unclean-end.ts'
export type { EngineFacts, Statistics } from './engine/engine.ts'
export type { Pause } from './engine/pause.ts'
export { StoreOpenError, type StoreOpenErrorCode } from './engine/store-open-error.ts'
export { openStore, type StoreFacts, type StoreHandle, type StoreOptions } from './open/open.ts'
