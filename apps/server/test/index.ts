/**
 * Parts of the server's own tests that proofs and campaigns use: a server whose answers are checked against the contract, the
 * contract as tests read it, and the parsers of requests. This entry is not built, so that no shipped code can import it.
 */
export { routes } from '../src/generated/index.ts'
export { buildRouter } from '../src/http/contract/route.ts'
export { shapesOf } from '../src/http/contract/validate.ts'
export { parseForm } from '../src/http/parse/form.ts'
export { parseJsonObject } from '../src/http/parse/json.ts'
export { chooseMediaType, formMediaType } from '../src/http/parse/media-type.ts'
export { parseQuery } from '../src/http/parse/query.ts'
export { fromBase32 } from './authenticator.ts'
export { contract, type DocumentedOperation, examplesOf, operations } from './contract/document.ts'
export type { Question } from './contract/recorder.ts'
export { readQrFromTerminal, readQrPicture } from './qr-picture.ts'
export { bearer, RecordedServer, type RegisteredClient, startRecordedServer } from './recorded-server.ts'
export type { Account, AccountKind, LoginPath } from './security/login-path.ts'
export { isUserPath, loginPaths, wrongSecret } from './security/login-paths.ts'
