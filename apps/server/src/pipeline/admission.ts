// Who may call an operation, after the contract's `x-access`: one place, for every operation of every dialect.
import { type Access, AuthError, atLeast } from '@countersign/core'
import { RequestError } from '../http/errors.ts'
import type { Route } from '../generated/index.ts'

/** What admission needs to know besides the token and the route. */
export interface AdmissionRules {
  readonly issuer: string
  /** The tags of the contract that are vendor dialects. */
  readonly vendors: ReadonlySet<string>
}

export const credentialsMissing = () =>
  new RequestError('credentials_missing', 'This operation needs an access token.')

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Admits a checked token to an operation, or refuses it.
 *
 * @throws AuthError `token_invalid` where the token is not meant for this place at all (another audience, another vendor's
 * dialect: D3), `access_denied` where its kind, role or scope does not permit the operation.
 */
export function admit(access: Access, route: Route, rules: AdmissionRules): void {
  if (!access.audience.includes(rules.issuer)) throw new AuthError('token_invalid')
  const foreign = rules.vendors.has(route.tag) && access.authorization.dialect !== route.tag
  if (foreign && access.kind !== 'personal') throw new AuthError('token_invalid')
  const { least, kinds } = route.access
  const permitted = kinds.includes(access.kind) && least !== 'none' && atLeast(access.role, least)
  if (!permitted || !access.scope.includes(needed(route))) throw new AuthError('access_denied')
}

/** `read` changes nothing; everything else needs `write` (N-136). */
const needed = (route: Route): 'read' | 'write' => (safe.has(route.method) && !route.stateChanging ? 'read' : 'write')
