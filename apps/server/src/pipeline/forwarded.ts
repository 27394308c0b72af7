// Forward authentication: a gateway asks whether a client's request may proceed.
import { type Access, AuthError } from '@countersign/core'
import type { Route } from '../generated/index.ts'
import type { Router } from '../http/contract/route.ts'
import { RequestError } from '../http/errors.ts'
import { type AdmissionRules, admit } from './admission.ts'
import { spellingsOf } from './forwarded-path.ts'

/** The client's request, as the gateway describes it. */
export interface ForwardedRequest {
  readonly method: string
  /** Path and query, as sent. */
  readonly uri: string
}

/** Whether a verified token may call the operation of a forwarded request. */
export type ForwardedPermission = (access: Access, forwarded: ForwardedRequest) => boolean

/**
 * Decides about forwarded requests by the contract, as the operation itself would. Paths without an operation of this
 * server are permitted, because the gateway decides about them; paths that cannot be read are not.
 *
 * A server behind the gateway may read a path differently. So the token needs permission for every operation that one
 * of the path's spellings names.
 */
export function forwardedPermission(router: Router<Route>, rules: AdmissionRules): ForwardedPermission {
  return (access, { method, uri }) => {
    const named = spellingsOf(uri)?.map((path) => find(router, method, path)) ?? ['unreadable' as const]
    return named.every((one) => one === 'none' || (one !== 'unreadable' && mayCall(access, one, rules)))
  }
}

function find(router: Router<Route>, method: string, path: string): Route | 'none' | 'unreadable' {
  try {
    return router.match(method, path).route
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return error.code === 'request_invalid' ? 'unreadable' : 'none'
  }
}

function mayCall(access: Access, route: Route, rules: AdmissionRules): boolean {
  // Public, or with a credential of its own: no token is needed.
  if (route.access.least === 'none') return true
  try {
    admit(access, route, rules)
    return true
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    return false
  }
}
