import type { Role } from './role.ts'

/** An authentication factor (RFC 8176 calls them `pwd` and `otp`). */
export type Factor = 'password' | 'totp'

/** A user. */
export interface User {
  readonly id: string
  /** As it was given; shown, never compared. */
  readonly username: string
  /** What is compared and unique: see `canonicalUsername`. */
  readonly canonicalName: string
  readonly role: Role
  /** Every one of them must be shown at login. */
  readonly requiredFactors: readonly Factor[]
  /** A PHC string; `undefined` for a user without a password. */
  readonly passwordHash: string | undefined
  readonly createdAt: number
  readonly disabledAt: number | undefined
  /** Authorizations of an older epoch are dead, personal tokens excepted. Raised by a change of password or factors. */
  readonly sessionsEpoch: number
  /** Personal tokens of an older epoch are dead too. Raised by disabling or "revoke all". Never above `sessionsEpoch`. */
  readonly personalEpoch: number
  /**
   * Rises with each change of the user's credentials: password, secret, recovery codes, required factors, disabling, the end
   * of all sessions. A write that relies on a proof happens only if it is still the version that was verified.
   */
  readonly version: number
  /** UTS #39 skeleton of the canonical name: no two new names share one. */
  readonly nameSkeleton: string
  /** When another user set the password, if the user must change it before anything else. */
  readonly mustChangeSince: number | undefined
  /** Whether the password is long enough to be the only factor; `undefined` if it was set before this was recorded. */
  readonly passwordStandsAlone: boolean | undefined
}

/** Whether a code is all that a user must show at login: one factor of a million values. */
export const isCodeOnly = ({ requiredFactors }: Pick<User, 'requiredFactors'>): boolean =>
  requiredFactors.every((factor) => factor === 'totp')
