/**
 * What proofs of both sides share with the server's own tests: a judged server, the contract as tests read it, and the
 * strict readers of requests. This entry is not built, so that nothing that is shipped can import it.
 */
export { parseForm } from '../src/http/form.ts'
export { parseJsonObject } from '../src/http/json.ts'
export { chooseMediaType, formMediaType } from '../src/http/media-type.ts'
export { parseQuery } from '../src/http/query.ts'
export { buildRouter } from '../src/http/route.ts'
export { compileShapes } from '../src/http/validate.ts'
export { goodPassword } from '../src/testing/test-server.ts'
export { contract, type DocumentedOperation, examplesOf, operations } from './contract/document.ts'
export { bearer, RecordedServer, type RegisteredClient, startRecordedServer } from './recorded-server.ts'
