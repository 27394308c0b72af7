/**
 * The ports of the domain, on SQL through Kysely.
 *
 * This package owns tables, transactions, migrations and the engines that run them. It does not know use cases, HTTP or the
 * contract. A method of a port is one read or one unit of writing. A unit writes its audit row in the same commit, and resolves
 * when that commit is on disk.
 *
 * Where to begin: `schema/tables.ts` (the tables), `authorizations/` and its siblings (their transitions), `engine/engine.ts`
 * (transactions and isolation), `conformance/` (the tests that every engine must pass).
 */
export { type BackupFacts, backUpDatabase } from './backup/back-up.ts'
export { BackupError, type BackupErrorCode } from './backup/backup-error.ts'
export type { Carried, LeftBehind } from './backup/carry-over.ts'
export {
  backUpBeforeMigration,
  freeBytesAt,
  keepNewestBackups,
  type MigrationBackup,
  migrationBackups,
  sizeOf,
} from './backup/migration-backups.ts'
export { faultsOf } from './backup/quick-check.ts'
export type { ReplacedState } from './backup/replaced.ts'
export { type Restored, type RestoreOptions, restoreDatabase } from './backup/restore.ts'
export { endedUncleanly, markServing, unmarkServing } from './backup/unclean-end.ts'
export type { EngineFacts, Statistics } from './engine/engine.ts'
export type { Pause } from './engine/pause.ts'
export { StoreOpenError, type StoreOpenErrorCode } from './engine/store-open-error.ts'
export { knownVersion } from './migrations/migrations.ts'
export { type MigrationHooks, type OlderSchema, olderSchema } from './open/older-schema.ts'
export { openMemoryStore, openStore, type StoreFacts, type StoreHandle, type StoreOptions } from './open/open.ts'
export { addressLabel, openPostgresStore, type PostgresStoreOptions, serverSchema } from './open/open-postgres.ts'
export { type ResealOptions, replacedKey, resealDatabase } from './reseal/reseal.ts'
export type { ResealedRows } from './sealed/reseal-rows.ts'
export type { Exported } from './transfer/export.ts'
export type { ExportSource, Imported, ImportOptions } from './transfer/import.ts'
export { TransferError, type TransferErrorCode } from './transfer/transfer-error.ts'
