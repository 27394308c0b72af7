/** What a comparison of a password with a stored hash found out. */
export interface PasswordVerdict {
  readonly matches: boolean
  /** The hash is of a later spelling, or was made with weaker parameters than today's: store a new one after a successful login. */
  readonly outdated: boolean
}

/**
 * Slow, salted, peppered hashing of passwords (Argon2id), bounded in concurrency.
 *
 * Both methods reject with `AuthError('overloaded')` when too many callers wait, and with the signal's reason when the
 * caller went away before its turn: then no hash is computed.
 *
 * `claim` separates a caller from unknown callers, who cannot take every slot and place of the known ones: an account
 * together with an address that is known to it (`RequestContext.known`), or a user who is authenticated. Default is an
 * unknown caller.
 */
export interface PasswordHasher {
  hash(password: string, signal?: AbortSignal, claim?: string): Promise<string>
  /**
   * Compares one password in each of its spellings, the first of them as it would be hashed today. All are compared in one turn:
   * once one was found wrong, a full queue cannot hide it (N-340).
   *
   * @param hash `undefined` costs the same work as a real one and never matches (I9).
   */
  verify(
    spellings: readonly string[],
    hash: string | undefined,
    signal?: AbortSignal,
    claim?: string,
  ): Promise<PasswordVerdict>
}
