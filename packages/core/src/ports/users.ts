import type { User } from '../principals/user.ts'
import type { AuditEvent } from './audit.ts'

/** People. Each transition is atomic and writes its audit event in its own commit. */
export interface Users {
  find(id: string): Promise<User | undefined>
  findByName(canonicalName: string): Promise<User | undefined>
  /** The single owner (I7), if there is one yet. */
  findOwner(): Promise<User | undefined>
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
}
