import { AuthError } from './errors.ts'

/** What a token may do at most with the server's own operations: `read` for those that change nothing, `write` for the rest. */
export const defaultScope: readonly string[] = ['read', 'write']

/**
 * Permits a client to read the revocation feed, as far as it concerns the APIs whose own program it is. Such a client may ask for it by
 * name at the issuer, and needs no other right there.
 */
export const feedScope = 'revocations:read'

const token = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/

/** Whether this is a scope name (RFC 6749 §3.3) of at most 64 characters. */
export const isScopeName = (name: string): boolean => token.test(name)

/**
 * Reads a `scope` parameter (RFC 6749 §3.3): names parted by single spaces, each once, in a canonical order.
 *
 * @param requested The parameter; `undefined` for all that is `granted`.
 * @param granted The upper bound: scope never widens (I4).
 * @throws AuthError `scope_invalid`.
 */
export function narrowScope(requested: string | undefined, granted: readonly string[]): readonly string[] {
  if (requested === undefined) return granted
  const names = readScope(requested)
  if (names.some((name) => !granted.includes(name))) throw new AuthError('scope_invalid')
  return granted.filter((name) => names.includes(name))
}

/** The names of a `scope` parameter. @throws AuthError `scope_invalid` if it is malformed or has more than 32. */
export function readScope(requested: string): readonly string[] {
  const names = requested.split(' ')
  if (names.length > 32 || !names.every(isScopeName)) throw new AuthError('scope_invalid')
  return names
}
