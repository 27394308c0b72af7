/**
 * What proofs share with the server's own tests: the program as a process, a judged server, the contract as tests read it,
 * and the strict readers of requests. This entry is not built, so that nothing that is shipped can import it.
 */
export { runProcess, type ServerProcess, serve, type Transcript } from '../src/cli/testing/run-program.ts'
export { routes } from '../src/generated/index.ts'
export { buildRouter } from '../src/http/contract/route.ts'
export { compileShapes } from '../src/http/contract/validate.ts'
export { parseForm } from '../src/http/parse/form.ts'
export { parseJsonObject } from '../src/http/parse/json.ts'
export { chooseMediaType, formMediaType } from '../src/http/parse/media-type.ts'
export { parseQuery } from '../src/http/parse/query.ts'
export { goodPassword } from '../src/testing/test-server.ts'
export { fromBase32 } from './authenticator.ts'
export { contract, type DocumentedOperation, examplesOf, operations } from './contract/document.ts'
export type { Question } from './contract/recorder.ts'
export { readQrFromTerminal, readQrPicture } from './qr-picture.ts'
export { bearer, RecordedServer, type RegisteredClient, startRecordedServer } from './recorded-server.ts'
export {
  type Account,
  type AccountKind,
  isPerson,
  type LoginPath,
  loginPaths,
  wrongSecret,
} from './security/login-paths.ts'
