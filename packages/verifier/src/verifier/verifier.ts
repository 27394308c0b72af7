import type { Verified } from '../model/verified.ts'
import type { ResourceMetadata } from './resource-metadata.ts'
import type { ScopeList } from './scopes.ts'

/**
 * Verifies access tokens for one API.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 *
 * const subjectOf = async (verifier: Verifier, token: string): Promise<string> => (await verifier.verify(token)).subject
 * ```
 */
export interface Verifier {
  readonly issuer: string
  readonly resource: string
  /** The metadata of the API (RFC 9728): what guards serve, and what challenges name. */
  readonly metadata: ResourceMetadata
  /**
   * Verifies an access token, or the Bearer token of a request.
   *
   * The first call connects to the issuer.
   *
   * @throws VerificationError Every code. Nothing else.
   */
  verify(input: string | Request, options?: VerifyOptions): Promise<Verified>
  /**
   * Connects to the issuer, and resolves when the first attempt to read the revocations has ended, well or not. Then
   * `status()` tells how it ended.
   */
  ready(): Promise<void>
  /** What is known of revocations. */
  status(): VerifierStatus
  /** Ends the connection to the issuer, and forgets all tokens. */
  close(): void
}

/**
 * What a call of `verify` requires.
 *
 * @example
 * ```ts
 * import type { VerifyOptions } from '@countersign/verifier'
 *
 * const reading: VerifyOptions = { scope: 'orders:read' }
 * ```
 */
export interface VerifyOptions {
  /** The scopes that the token must have, all of them. Default: none. */
  readonly scope?: ScopeList
}

/**
 * What a verifier knows of revocations.
 *
 * @example
 * ```ts
 * import type { VerifierStatus } from '@countersign/verifier'
 *
 * const isHealthy = ({ isSilent }: VerifierStatus): boolean => !isSilent
 * ```
 */
export interface VerifierStatus {
  /** Whether the knowledge is older than `maxStalenessSeconds`. */
  readonly isSilent: boolean
  /** Its age in seconds. `undefined` until the feed was read to its end. */
  readonly ageSeconds: number | undefined
  /** The id of the feed. */
  readonly feed: string | undefined
  /** Revocations that are held, among them such as have expired lately. */
  readonly revocations: number
  /** Bytes that they take. */
  readonly revocationBytes: number
  /** The last fault of the feed's reader. */
  readonly fault: unknown
}
