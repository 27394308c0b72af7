import { AuthError } from './errors.ts'

/** What a token may do at most with the server's own operations: `read` for those that change nothing, `write` for the rest. */
export const defaultScope: readonly string[] = ['read', 'write']

const token = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/

/**
 * Reads a `scope` parameter (RFC 6749 §3.3): names parted by single spaces, each once, in a canonical order.
 *
 * @param requested The parameter; `undefined` for all that is `granted`.
 * @param granted The upper bound: scope never widens (I4).
 * @throws AuthError `scope_invalid`.
 */
export function narrowScope(requested: string | undefined, granted: readonly string[]): readonly string[] {
  if (requested === undefined) return granted
  const names = requested.split(' ')
  if (names.length > 32 || names.some((name) => !token.test(name) || !granted.includes(name))) {
    throw new AuthError('scope_invalid')
  }
  return granted.filter((name) => names.includes(name))
}
