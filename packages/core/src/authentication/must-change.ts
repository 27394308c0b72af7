import type { User } from '../model/principals/user.ts'

/** How long a password that the user must change is good for a login, in seconds (ASVS 6.4.1). */
export const mustChangeWithinSeconds = 14 * 86_400

/**
 * Whether the user left a password that they must change unused for too long.
 *
 * @param latest `Clock.latest()`, epoch seconds.
 */
export const hasExpiredUnused = ({ mustChangeSince }: Pick<User, 'mustChangeSince'>, latest: number): boolean =>
  mustChangeSince !== undefined && mustChangeSince + mustChangeWithinSeconds <= latest
