/** The conformance suite of stores: a backend's test imports it, says how to make one, and is done. */
export type { Backend, Fault, RefusedWrite } from './scenario/scenario.ts'
export { type Manifest, type SuiteOptions, suite, type TestTools } from './suite.ts'
