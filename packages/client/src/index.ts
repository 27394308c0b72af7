// The published client of Countersign: typed calls, token sources that refresh themselves, typed errors. Uses web
// standards only; what needs Node.js is in `@countersign/client/node`.

export type { Middleware, MiddlewareContext } from './calls/calls.ts'
export { type ApiClient, type Client, type ClientOptions, createClient } from './calls/client.ts'
// Lists in pages, and the exchange of tokens.
export { type ItemOf, type ListPath, type PaginateOptions, paginate } from './calls/paginate.ts'
export { type CallResult, type DataOf, unwrap } from './calls/unwrap.ts'
export type { Advisory } from './session/advisory.ts'
export {
  type Predecessor,
  parseRecord,
  type SessionKind,
  type SessionRecord,
  type StoredToken,
} from './session/record.ts'
export {
  type Auth,
  type IssuingServer,
  type Presentation,
  staticToken,
  type Target,
  type TokenFunction,
  type TokenSource,
} from './session/token-source.ts'
export { memoryStore, type Reservation, type TokenStore } from './session/token-store.ts'
export { type ClientCredentialsOptions, clientCredentials } from './sources/client-credentials.ts'
export { type ManifoldBasicOptions, manifoldBasic } from './sources/manifold-basic.ts'
export { type Credentials, type PasswordSessionOptions, passwordSession } from './sources/password-session.ts'
export { type TokenExchangeOptions, tokenExchange } from './sources/token-exchange.ts'
export { createTokens } from './tokens/create-tokens.ts'
export type { TokenChange, TokenEvents } from './tokens/events.ts'
export { ForeignOriginError } from './tokens/foreign-origin-error.ts'
export type { Tokens, TokensOptions } from './tokens/tokens.ts'
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
