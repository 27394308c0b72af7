import type { AuditEvent } from '../../model/audit-event.ts'
import type { Unmet, WriteCondition } from './condition.ts'

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

/** A set to be added. */
export interface KeyAddition {
  readonly set: StoredKeySet
  /** The number of the newest set that the addition was decided on. */
  readonly after: number | undefined
  /** Numbers of sets under which nothing can be alive any more: they go in the same commit. */
  readonly removing: readonly number[]
}

/** Key sets. Each change is alone on all of them. */
export interface Keys {
  /** All sets that are kept, oldest first. */
  list(): Promise<readonly StoredKeySet[]>
  /** A number that changes whenever any set was added, superseded or revoked: cheap to ask for every second. */
  revision(): Promise<number>
  /** The pepper of password hashes, sealed; `undefined` as long as the master key was never replaced. */
  sealedPepper(): Promise<Uint8Array | undefined>
  /**
   * Adds a set and marks those before it as superseded at its activation, in one commit. `conflict` if the newest set is
   * no longer `after` (two rotations at once: one wins; `after` is `undefined` for the first set of an empty store).
   *
   * @param on Nothing is written where it is not met. Default is none.
   */
  add(addition: KeyAddition, audit: AuditEvent, on?: WriteCondition): Promise<'added' | 'conflict' | Unmet>
  /**
   * @param options `successor`: a set that is added in the same commit, where no other would be left to sign. `on`: nothing is
   * written where it is not met. Default is none.
   */
  revoke(
    kid: string,
    at: number,
    audit: AuditEvent,
    options?: {
      readonly successor?: { readonly addition: KeyAddition; readonly audit: AuditEvent } | undefined
      readonly on?: WriteCondition | undefined
    },
  ): Promise<'revoked' | 'unchanged' | 'conflict' | Unmet>
  /**
   * Revokes these sets and adds their successor, in one commit. `conflict` as for `add`; then nothing is revoked.
   *
   * @param audit One event for each set.
   */
  revokeAll(
    kids: readonly string[],
    at: number,
    audit: readonly AuditEvent[],
    successor: { readonly addition: KeyAddition; readonly audit: AuditEvent },
  ): Promise<'revoked' | 'conflict'>
}
