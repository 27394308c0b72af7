import type { AuditEvent } from './audit.ts'

export type SigningAlgorithm = 'ES256' | 'EdDSA'

/**
 * One key set as it is stored: a signing key pair (its public half in the open) and a secret for everything that only
 * the issuer reads, both sealed under the master key.
 */
export interface StoredKeySet {
  /** 1–255: the first byte of every opaque token. */
  readonly number: number
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  /** A JWK as JSON, without a private member. */
  readonly publicJwk: string
  /** AES-256-GCM under the master key, bound to number and kid. */
  readonly sealed: Uint8Array
  readonly createdAt: number
  /** Published from creation on, used from here on. */
  readonly activatesAt: number
  /** When its successor was (or will be) activated. */
  readonly supersededAt: number | undefined
  /** Emergency: nothing made under it is accepted any more. */
  readonly revokedAt: number | undefined
}

export interface Keys {
  /** All sets that are kept, oldest first. */
  list(): Promise<readonly StoredKeySet[]>
  /** A number that changes whenever any set was added, superseded or revoked: cheap to ask for every second. */
  revision(): Promise<number>
  /**
   * Adds a set and marks those before it as superseded at its activation, in one commit. `conflict` if the newest set is
   * no longer `after` (two rotations at once: one wins; `after` is nothing for the first set of an empty store).
   */
  add(set: StoredKeySet, after: number | undefined, audit: AuditEvent): Promise<'added' | 'conflict'>
  revoke(kid: string, at: number, audit: AuditEvent): Promise<'revoked' | 'unchanged'>
  /** Removes sets by number: those under which nothing can be alive any more. */
  remove(numbers: readonly number[]): Promise<void>
}
