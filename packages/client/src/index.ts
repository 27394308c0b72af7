// The published client of Countersign: typed calls, token sources that refresh themselves, typed errors. Uses web
// standards only; what needs Node.js is in `@countersign/client/node`.

export { type Client, type ClientOptions, createClient } from './calls/client.ts'
export { type CallResult, type DataOf, unwrap } from './calls/unwrap.ts'
export { parseRecord, type SessionKind, type SessionRecord } from './session/record.ts'
export {
  type Auth,
  type Presentation,
  staticToken,
  type TokenFunction,
  type TokenSource,
} from './session/token-source.ts'
export { memoryStore, type Reservation, type TokenStore } from './session/token-store.ts'
export { type ClientCredentialsOptions, clientCredentials } from './sources/client-credentials.ts'
export { type ManifoldBasicOptions, manifoldBasic } from './sources/manifold-basic.ts'
export { type Credentials, type PasswordSessionOptions, passwordSession } from './sources/password-session.ts'
export type { AuthorizationServer, TokenAnswer, TokenRequest } from './transport/authorization-server.ts'
export type { Clock, Random } from './transport/clock.ts'
export type { components, operations, paths } from './transport/contract.ts'
export {
  type ClientError,
  type IncompleteLoginCode,
  isClientError,
  type MemberError,
  type NativeCode,
  type OAuthCode,
  type ProblemCode,
  type ProblemDetails,
  ProblemError,
  SessionExpiredError,
  TransportError,
  UnexpectedResponseError,
} from './transport/errors.ts'
export { Token } from './transport/token.ts'
export type { Fetch } from './transport/transport.ts'
