import { skeleton } from '../precis/skeleton.ts'
import { usernameCaseMapped, usernameCasePreserved, usernamePrefixMapped } from '../precis/username-profiles.ts'
import { AuthError } from './errors.ts'

/** Bytes of a username in UTF-8, in either profile. */
export const longestUsernameBytes = 255

/** One username in the forms that it is kept in. */
export interface UsernameForms {
  /** UsernameCasePreserved (RFC 8265 §3.4): shown. */
  readonly username: string
  /** UsernameCaseMapped (RFC 8265 §3.3): compared, and unique. */
  readonly canonicalName: string
  /** UTS #39 §4, of the canonical name: no two new names share it. */
  readonly nameSkeleton: string
}

const fits = (name: string | undefined): name is string =>
  name !== undefined && Buffer.byteLength(name) <= longestUsernameBytes

function usernameForms(given: string): UsernameForms | undefined {
  // Nothing of this length becomes short enough: no time is spent on it.
  if (given.length > 8 * longestUsernameBytes) return undefined
  const username = usernameCasePreserved(given)
  const canonicalName = usernameCaseMapped(given)
  if (!fits(username) || !fits(canonicalName)) return undefined
  return { username, canonicalName, nameSkeleton: skeleton(canonicalName) }
}

/**
 * The spelling by which a username is compared and unique: spellings that differ by letter case, width or normalisation
 * are one name.
 *
 * @returns `undefined` for what cannot be a username.
 */
export const canonicalUsername = (username: string): string | undefined => usernameForms(username)?.canonicalName

/** What canonical usernames begin with whose spelling begins with this text. */
export const canonicalPrefix = (text: string): string => usernamePrefixMapped(text)

/** @throws AuthError `username_invalid`. */
export function requireUsername(username: string): UsernameForms {
  const forms = usernameForms(username)
  if (forms === undefined) throw new AuthError('username_invalid')
  return forms
}

/**
 * The account that a guess is counted under: the skeleton, so that names which look alike share one counter. What cannot be
 * a username is counted too, in a compatible spelling, and the answer is the same (N-006, N-016).
 */
export function guessedAccount(username: string): string {
  const compatible = username.normalize('NFKC').toLowerCase().trim()
  return `user:${skeleton(canonicalUsername(username) ?? canonicalUsername(compatible) ?? compatible)}`
}
