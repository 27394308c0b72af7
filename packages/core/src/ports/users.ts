import type { Role } from '../principals/role.ts'
import type { Factor, User } from '../principals/user.ts'
import type { AuditEvent } from './audit.ts'

/** People. Each transition is atomic and writes its audit event in its own commit. */
export interface Users {
  find(id: string): Promise<User | undefined>
  findByName(canonicalName: string): Promise<User | undefined>
  /** The single owner (I7), if there is one yet. */
  findOwner(): Promise<User | undefined>
  /**
   * `username_taken`: another user has the canonical name or the skeleton. It is looked up in the commit that stores the user, so
   * that of two names which look alike and arrive at once one is stored.
   */
  create(user: User, audit: AuditEvent): Promise<'created' | 'username_taken' | 'owner_exists'>
  /**
   * Stores a new hash and kills every other session, in one commit: the user's `sessionsEpoch` rises by one, and the
   * Authorization `keep` (if any) is lifted to it. `changed` only if the hash is still `from`: two changes cannot both
   * win. Personal tokens live on.
   */
  changePassword(
    change: {
      readonly userId: string
      readonly from: string | undefined
      readonly to: string
      readonly keep: string | undefined
    },
    audit: AuditEvent,
  ): Promise<'changed' | 'unchanged'>
  /** The same password under stronger parameters; nothing else changes and nothing is audited. */
  upgradePasswordHash(userId: string, from: string, to: string): Promise<void>
  /** In the order of creation. `after` is the id of the last one of the page before. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<UserPage>
  /** Neither to nor from `owner`: that is a transfer. Works at once for every token, since roles are re-read. */
  changeRole(id: string, role: Exclude<Role, 'owner'>, audit: AuditEvent): Promise<UserChange>
  changeRequiredFactors(id: string, factors: readonly Factor[], audit: AuditEvent): Promise<UserChange>
  /**
   * Their own choice. Ends every other session in the same commit, as `changePassword` does, and voids what may have been made
   * with less: a pending TOTP secret, and where more is required than before, the recovery codes. `changed` only if what is
   * required is still `from`: of two choices the one that was judged by the other's rules does not win.
   */
  chooseRequiredFactors(
    choice: {
      readonly userId: string
      readonly from: readonly Factor[]
      readonly to: readonly Factor[]
      readonly keep: string
    },
    audit: AuditEvent,
  ): Promise<'changed' | 'unchanged'>
  /** Disabling raises both epochs: every Authorization of the person is dead, and stays dead when they are enabled again. */
  disable(id: string, at: number, audit: AuditEvent): Promise<UserChange>
  enable(id: string, audit: AuditEvent): Promise<UserChange>
  /** The person is gone, and with them whatever was granted to them. The name may be given again. */
  remove(id: string, audit: AuditEvent): Promise<UserChange>
  /**
   * One transaction, never zero or two owners at any read: `from` becomes a manager, `to` the owner. `conflict` if `from`
   * is not the owner (any more), or `to` is unknown, disabled or the same.
   */
  transferOwnership(from: string, to: string, audit: AuditEvent): Promise<'transferred' | 'conflict'>
  /** Kills every Authorization of the person in one row written; `personal`: personal tokens too. */
  revokeAll(id: string, options: { readonly personal: boolean }, audit: AuditEvent): Promise<'revoked' | 'unknown'>
  /** An administrator's word: a new password, and every session ends. */
  resetPassword(id: string, hash: string, audit: AuditEvent): Promise<'changed' | 'unknown'>
}

/** `protected`: it is the owner, who can only be succeeded. */
export type UserChange = 'changed' | 'unknown' | 'protected'

export interface UserPage {
  readonly users: readonly User[]
  /** Pass it as `after` for the next page; nothing on the last one. */
  readonly next: string | undefined
}
