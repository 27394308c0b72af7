/**
 * What tests of other packages use of the database below the ports. It is not built, so no shipped code can import it.
 */
export type { RefusedWrite } from '../conformance/scenario/scenario.ts'
export { type Asked, watchStatements } from './drivers/asked.ts'
export type { Change, ObservedUnit } from './drivers/change.ts'
export { type StatementCall, tapStatements } from './drivers/statement-tap.ts'
export { observeUnits } from './drivers/unit-observer.ts'
export { failStep } from './faults/failing-statement.ts'
export { postgresFault } from './faults/postgres-faults.ts'
export { sqliteFault } from './faults/sqlite-faults.ts'
export { endsSomething, isFed } from './fed.ts'
export { ask } from './postgres/asking.ts'
export { type Cluster, replicated, serverPrograms, startCluster, startStandby } from './postgres/cluster.ts'
export {
  DatabaseClient,
  type GivenDatabase,
  GivenServer,
  type Row,
  requireNoPassword,
} from './postgres/given-server.ts'
export { makeOlderSchema, olderOnPostgres } from './postgres/older-schema.ts'
export { changesState, isToldOnce } from './recorded.ts'
