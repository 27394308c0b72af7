import { AuthError } from '../errors.ts'

const shape = /^[A-Za-z0-9](?:[A-Za-z0-9._@+-]{0,62}[A-Za-z0-9])?$/

/**
 * The one spelling by which a username is compared, counted and kept unique: lower case. Names are ASCII, so that no two
 * of them look alike and differ (N-157).
 *
 * @returns Nothing for what cannot be a username.
 */
export const canonicalUsername = (username: string): string | undefined =>
  shape.test(username) ? username.toLowerCase() : undefined

/** @throws AuthError `username_invalid`. */
export function requireUsername(username: string): string {
  const canonical = canonicalUsername(username)
  if (canonical === undefined) throw new AuthError('username_invalid')
  return canonical
}

/**
 * The account that a guess is counted under. What cannot be a username is counted too, in a compatible spelling: a
 * stranger learns nothing from a name that is refused (N-006, N-016).
 */
export const guessedAccount = (username: string): string =>
  `user:${canonicalUsername(username) ?? username.normalize('NFKC').toLowerCase().trim()}`
