/**
 * What tests of other packages use of the database below the ports. It is not built, so no shipped code can import it.
 */
export { failStep } from './failing-statement.ts'
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
export { changesState, isToldOnce } from './recorded.ts'
export { type StatementCall, tapStatements } from './statement-tap.ts'
export { type Change, type ObservedUnit, observeUnits } from './unit-observer.ts'
