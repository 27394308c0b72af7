// The verifier of Countersign for the APIs that accept its tokens. Uses web standards and `jose` only; the guards of the
// frameworks are in entries of their own.

export type { ClientIdentity } from './issuer/client.ts'
export type { Clock } from './model/clock.ts'
export { type ChallengeTerms, type VerificationCode, VerificationError } from './model/errors.ts'
export type { Actor, Verified } from './model/verified.ts'
export type { Fetch } from './transport/http.ts'
export { createVerifier } from './verifier/create-verifier.ts'
export type { VerifierOptions } from './verifier/options.ts'
export type { ResourceMetadata } from './verifier/resource-metadata.ts'
export type { ScopeList } from './verifier/scopes.ts'
export type { Verifier, VerifierStatus, VerifyOptions } from './verifier/verifier.ts'
