/**
 * What proofs and other rooms' tests know of the database below the ports: nothing of it is built, so that nothing that is
 * shipped can import it.
 */
export { failStep } from './failing-statement.ts'
export { changesState, isToldOnce } from './recorded.ts'
export { type StatementCall, tapStatements } from './statement-tap.ts'
export { type Change, type ObservedUnit, observeUnits } from './unit-observer.ts'
