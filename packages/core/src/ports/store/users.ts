import type { AuditEvent } from '../../model/audit-event.ts'
import type { Role } from '../../model/principals/role.ts'
import type { Factor, User } from '../../model/principals/user.ts'
import type { Unmet, WriteCondition } from './condition.ts'
import type { Enrolment } from './factors.ts'

/**
 * Users. Each transition is atomic and writes its audit events in its own commit. Each that changes how a user authenticates
 * raises `User.version`.
 *
 * A transition is alone on the user whom it changes; `transferOwnership` on both, `create` on the order and the names of users.
 * `endEverybodysSessions` is alone on the user whose session stays: the rise of the epochs is one statement.
 */
export interface Users {
  find(id: string): Promise<User | undefined>
  findByName(canonicalName: string): Promise<User | undefined>
  /** The single owner (I7), if there is one yet. */
  findOwner(): Promise<User | undefined>
  /**
   * `username_taken`: another user has the canonical name or the skeleton. It is looked up in the commit that stores the user, so
   * that of two names which look alike and arrive at once one is stored.
   *
   * @param options `secret`: the user's first TOTP secret. Default is none.
   */
  create(
    user: User,
    audit: AuditEvent,
    options?: { readonly secret?: Enrolment | undefined; readonly on?: WriteCondition | undefined },
  ): Promise<'created' | 'username_taken' | 'owner_exists' | Unmet>
  /**
   * Their own change. Stores the hash, voids a pending TOTP secret and ends every other session: the user's `sessionsEpoch`
   * rises by one, and the Authorization `keep` is lifted to it. Personal tokens and recovery codes live on. `mustChangeSince` is
   * cleared.
   */
  changePassword(
    change: { readonly userId: string; readonly password: NewPassword; readonly keep: string | undefined },
    on: WriteCondition,
    audit: AuditEvent,
  ): Promise<'changed' | Unmet>
  /**
   * What a login with the right password teaches: a stronger hash of the same password, and whether it is long enough to be
   * the only factor. Happens only if the hash is still `from`; nothing else changes and nothing is audited.
   */
  refinePassword(
    userId: string,
    from: string,
    refined: { readonly hash: string; readonly standsAlone: boolean },
  ): Promise<void>
  /** In the order of creation. `after` is the id of the last one of the page before. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<UserPage>
  /**
   * Those whose canonical name begins with a text, in the order of their canonical names. `after`, and `next` of the result, is the
   * canonical name of the last one of a page.
   */
  search(query: {
    readonly prefix: string
    readonly limit: number
    readonly after?: string | undefined
  }): Promise<UserPage>
  /** All given members in one commit, or none of them. */
  change(
    id: string,
    change: UserChanges,
    on: WriteCondition,
    audit: readonly AuditEvent[],
  ): Promise<'changed' | 'unknown' | 'protected' | Unmet>
  /**
   * Changes what the user must show at login. Ends every session but `keep`, voids a pending TOTP secret, and the recovery
   * codes where more is required than before.
   */
  chooseRequiredFactors(
    choice: { readonly userId: string; readonly to: readonly Factor[]; readonly keep: string },
    on: WriteCondition,
    audit: AuditEvent,
  ): Promise<'changed' | Unmet>
  /**
   * Another user's change of the credentials. Voids every credential that the user, or an attacker, may have set up:
   * recovery codes, a pending TOTP secret, all sessions; personal tokens live on.
   */
  reset(reset: CredentialReset, on: WriteCondition, audit: AuditEvent): Promise<'changed' | Unmet>
  /** The user is gone, and with them whatever was granted to them. The name may be given again. */
  remove(id: string, audit: AuditEvent, on?: WriteCondition): Promise<UserChange | Unmet>
  /**
   * One transaction, never zero or two owners at any read: `from` becomes a manager, `to` the owner. `conflict` if `from`
   * is not the owner (any more), or `to` is unknown, disabled or the same.
   */
  transferOwnership(
    from: string,
    to: string,
    on: WriteCondition,
    audit: AuditEvent,
  ): Promise<'transferred' | 'conflict' | Unmet>
  /**
   * Ends every session of the user in one row written. `personal`: personal tokens too, and with them the recovery codes and
   * a pending TOTP secret.
   */
  revokeAll(
    id: string,
    options: { readonly personal: boolean },
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'revoked' | 'unknown' | Unmet>
  /** Ends every session of a user but one, in one row written; personal tokens live on. */
  endOtherSessions(
    of: { readonly userId: string; readonly keep: string },
    on: WriteCondition,
    audit: AuditEvent,
  ): Promise<'revoked' | Unmet>
  /**
   * Ends every session of every user but one, in one statement over the users; personal tokens and what clients hold live
   * on.
   *
   * @param keep The session that lives on, and whose it is.
   */
  endEverybodysSessions(
    keep: { readonly userId: string; readonly keep: string },
    on: WriteCondition,
    audit: AuditEvent,
  ): Promise<'revoked' | Unmet>
}

/** A password as it is stored. */
export interface NewPassword {
  /** A PHC string. */
  readonly hash: string
  /** Whether it is long enough to be the only factor. */
  readonly standsAlone: boolean
}

/** What is changed about a user; what is absent stays. */
export interface UserChanges {
  /** Neither to nor from `owner`: that is a transfer. Works at once for every token, since roles are re-read. */
  readonly role?: Exclude<Role, 'owner'> | undefined
  /**
   * `true` ends every Authorization of the user, personal tokens included, and voids a pending TOTP secret. What ended stays
   * ended when they are enabled again.
   */
  readonly disabled?: boolean | undefined
  /** Ends every session, voids a pending TOTP secret and the recovery codes. */
  readonly requiredFactors?: readonly Factor[] | undefined
  /** Epoch seconds. */
  readonly at: number
}

/** The credentials that replace a user's. */
export interface CredentialReset {
  readonly userId: string
  /** Default: the password stays. */
  readonly password?: (NewPassword & { readonly mustChangeSince: number | undefined }) | undefined
  /** The TOTP secret from now on; `none` removes it, `kept` leaves the confirmed or unconfirmed one as it is. */
  readonly secret: Enrolment | 'kept' | 'none'
  readonly requiredFactors: readonly Factor[]
}

/** `protected`: it is the owner, who can only be succeeded. */
export type UserChange = 'changed' | 'unknown' | 'protected'

export interface UserPage {
  readonly users: readonly User[]
  /** Pass it as `after` for the next page; `undefined` on the last one. */
  readonly next: string | undefined
}
