// Guards for handlers of the Fetch API: Deno, Bun, Workers, and frameworks whose handlers take a Request.
import { admit, type GuardOptions, refusalOf, remember } from './guards/admit.ts'
import { resourceMetadata } from './guards/metadata.ts'
import type { Verified } from './model/verified.ts'
import { presentationOf } from './verifier/presented.ts'
import type { Verifier } from './verifier/verifier.ts'

export { authOf, type GuardOptions } from './guards/admit.ts'
export { resourceMetadata } from './guards/metadata.ts'

/**
 * A handler that serves the metadata of the API (RFC 9728 §3.1), passes requests with a good access token on, and
 * responds to all others.
 *
 * @param handler Called with the request, the caller, and further arguments of the runtime.
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { guard } from '@countersign/verifier/fetch'
 *
 * const server = (verifier: Verifier) => ({
 *   fetch: guard(verifier, { scope: 'orders:read' }, async (_request, { subject }) => new Response(subject)),
 * })
 * ```
 */
export function guard<Rest extends unknown[]>(
  verifier: Verifier,
  options: GuardOptions,
  handler: (request: Request, auth: Verified, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const metadata = resourceMetadata(verifier, request)
    if (metadata) return metadata
    let verified: Verified
    try {
      verified = await admit(verifier, presentationOf(request), options)
    } catch (error) {
      return refusalOf(error).toResponse()
    }
    remember(request, verified)
    return handler(request, verified, ...rest)
  }
}
