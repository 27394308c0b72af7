import type { KeyRing, KeySet } from '@countersign/core'

/** A key set in `/v1/keys`. Contains no private key. */
export const listedKeySet = (set: KeySet, ring: KeyRing, latest: number) => ({
  number: set.number,
  kid: set.kid,
  algorithm: set.algorithm,
  state: ring.stateOf(set, latest),
  created_at: set.createdAt,
  activates_at: set.activatesAt,
  superseded_at: set.supersededAt ?? null,
  removable_at: ring.removableAt(set) ?? null,
  revoked_at: set.revokedAt ?? null,
})
