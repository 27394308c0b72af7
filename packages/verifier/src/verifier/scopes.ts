/**
 * Scopes, as a text with spaces between them (RFC 6749 §3.3) or as a list.
 *
 * @example
 * ```ts
 * import type { ScopeList } from '@countersign/verifier'
 *
 * const both: ScopeList[] = ['orders:read orders:write', ['orders:read', 'orders:write']]
 * ```
 */
export type ScopeList = string | readonly string[]

const scopeName = /^[!#-[\]-~]+$/

/** @throws TypeError if a name cannot be a scope. */
export function readScopes(scope: ScopeList | undefined): readonly string[] {
  const names = typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : (scope ?? [])
  for (const name of names) if (!scopeName.test(name)) throw new TypeError('scope is not a list of scopes')
  return names
}
