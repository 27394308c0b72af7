/** The conformance suite of stores: a backend's test imports it, says how to make one, and is done. */
export {
  type Backend,
  type Fault,
  type Manifest,
  type RefusedWrite,
  type SuiteOptions,
  suite,
  type TestTools,
} from './suite.ts'
