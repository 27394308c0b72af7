/**
 * A server as a process, for tests, benchmarks and campaigns. It loads nothing of the server itself, so that a process that
 * measures stays small. This entry is not built: nothing that is shipped can import it.
 */
export { type Answer, Connection, ConnectionLost, type Endpoint } from './connection.ts'
export { freePort } from './free-port.ts'
export { type Exit, Program, plainEnvironment, type Transcript } from './program.ts'
export { readiness, untilReady } from './readiness.ts'
export { basic, deleteRequest, formRequest, getRequest, jsonRequest, requestOf } from './request.ts'
export {
  type Credentials,
  manySessions,
  runCommand,
  ServerRun,
  type ServerRunOptions,
  type UserLogin,
} from './server-run.ts'
