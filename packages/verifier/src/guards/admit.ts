import { VerificationError } from '../model/errors.ts'
import type { Verified } from '../model/verified.ts'
import { type Presentation, presentedToken } from '../verifier/presented.ts'
import { readScopes, type ScopeList } from '../verifier/scopes.ts'
import type { Verifier } from '../verifier/verifier.ts'

/**
 * What a guard requires.
 *
 * @example
 * ```ts
 * import type { GuardOptions } from '@countersign/verifier/fetch'
 *
 * const reading: GuardOptions = { scope: 'orders:read' }
 * ```
 */
export interface GuardOptions {
  /** The scopes that the token must have, all of them. Default: none. */
  readonly scope?: ScopeList
}

/** Who calls. @throws VerificationError */
export async function admit(
  verifier: Verifier,
  presentation: Presentation,
  { scope }: GuardOptions,
): Promise<Verified> {
  const token = presentedToken(presentation, { metadataUrl: verifier.metadata.url, scope: readScopes(scope) })
  return verifier.verify(token, scope === undefined ? {} : { scope })
}

/** Runs `refuse` for a refusal; every other error is the program's. */
export function refusalOf(error: unknown): VerificationError {
  if (error instanceof VerificationError) return error
  throw error
}

const callers = new WeakMap<object, Verified>()

export function remember(request: object, verified: Verified): void {
  callers.set(request, verified)
}

/**
 * Who calls, behind a guard.
 *
 * @param request What the framework passes to the handler: the request; for Hono its context.
 * @throws TypeError if no guard ran before.
 * @example
 * ```ts
 * import { authOf } from '@countersign/verifier/express'
 *
 * const greet = (request: object): string => `Hello ${authOf(request).subject}`
 * ```
 */
export function authOf(request: object): Verified {
  const verified = callers.get(request)
  if (!verified) throw new TypeError('no guard ran before this handler')
  return verified
}
