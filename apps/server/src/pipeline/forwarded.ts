// What a gateway asks for its clients ("forward authentication"): whether the request that it holds in its hands may go on.
import { type Access, AuthError } from '@countersign/core'
import type { Route } from '../generated/index.ts'
import type { Router } from '../http/contract/route.ts'
import { RequestError } from '../http/errors.ts'
import { type AdmissionRules, admit } from './admission.ts'
import { spellingsOf } from './forwarded-path.ts'

/** The request as the gateway names it. */
export interface ForwardedRequest {
  readonly method: string
  /** Path and query, as they were sent. */
  readonly uri: string
}

/** Whether a checked token may call the operation that a gateway's request names. */
export type ForwardedPermission = (access: Access, forwarded: ForwardedRequest) => boolean

/**
 * Judges forwarded requests by the contract, as the operation itself would. What is no operation of this server is the
 * gateway's own matter, and permitted; a path that cannot be read is not.
 *
 * A server behind the gateway may read a path in another spelling than this one does. So every operation counts that the path
 * names in one of them.
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
  // Public, or with a credential of its own: no token is asked for there.
  if (route.access.least === 'none') return true
  try {
    admit(access, route, rules)
    return true
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    return false
  }
}
