import type { PasswordHasher, PasswordVerdict } from '../ports/system/password-hasher.ts'
import { opaqueString } from '../precis/opaque-string.ts'

/** Longer ones are refused before anything is hashed (N-024). */
export const longestPasswordBytes = 1024

/** A password in the form that is hashed. One that the profile refuses stays as it is: it may be an old one. */
export const preparedPassword = (password: string): string => opaqueString(password) ?? password

/** The spellings that a stored hash may be of: as it is prepared now, and as it was sent. One, where they are the same. */
const spellings = (password: string): readonly string[] => [...new Set([preparedPassword(password), password])]

/** Whether no stored hash can be of this password: then comparing is no guess. */
export const isOverlong = (password: string): boolean =>
  spellings(password).every((spelling) => Buffer.byteLength(spelling) > longestPasswordBytes)

/** Whether both are one password, in the form that is hashed. */
export const isSamePassword = (one: string, other: string): boolean => preparedPassword(one) === preparedPassword(other)

/**
 * Hashes and compares passwords in the OpaqueString profile (RFC 8265 §4), whatever path they come by: the domain has no
 * other hasher.
 *
 * Hashes that were stored before passwords were prepared are of the password as it was sent. They are compared too, and
 * such a match is `outdated`, so that a prepared one is stored in its place.
 */
export class Passwords {
  readonly #hasher: PasswordHasher

  constructor(hasher: PasswordHasher) {
    this.#hasher = hasher
  }

  /** As `PasswordHasher.hash`. */
  hash(password: string, signal?: AbortSignal, claim?: string): Promise<string> {
    return this.#hasher.hash(preparedPassword(password), signal, claim)
  }

  /**
   * As `PasswordHasher.verify`. A password that preparing changes costs two hashes if it is wrong: what was sent decides that, never
   * whether a user has the name (I9).
   */
  verify(password: string, hash: string | undefined, signal?: AbortSignal, claim?: string): Promise<PasswordVerdict> {
    return this.#hasher.verify(spellings(password), hash, signal, claim)
  }
}
