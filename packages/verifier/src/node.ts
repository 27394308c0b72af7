// Guards for the HTTP server of Node.js. Nothing of Node.js is imported.
import { admit, type GuardOptions, refusalOf, remember } from './guards/admit.ts'
import {
  type NodeRequest,
  type NodeResponse,
  presentationOfNode,
  refuseNode,
  respondMetadata,
} from './guards/node-messages.ts'
import type { Verified } from './model/verified.ts'
import type { Verifier } from './verifier/verifier.ts'

export { authOf, type GuardOptions } from './guards/admit.ts'
export type { NodeRequest, NodeResponse } from './guards/node-messages.ts'

/**
 * A request listener that serves the metadata of the API (RFC 9728 §3.1), passes requests with a good access token on,
 * and responds to all others.
 *
 * @param handler Called with the request, the response, and the caller. If it rejects, the listener does.
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { guard, type NodeResponse } from '@countersign/verifier/node'
 *
 * const listener = (verifier: Verifier) =>
 *   guard(verifier, { scope: 'orders:read' }, (_request, response: NodeResponse, { subject }) => response.end(subject))
 * ```
 */
export function guard<Request extends NodeRequest, Response extends NodeResponse>(
  verifier: Verifier,
  options: GuardOptions,
  handler: (request: Request, response: Response, auth: Verified) => unknown,
): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    if (respondMetadata(verifier, request, response)) return
    let verified: Verified
    try {
      verified = await admit(verifier, presentationOfNode(request), options)
    } catch (error) {
      return refuseNode(response, refusalOf(error))
    }
    remember(request, verified)
    await handler(request, response, verified)
  }
}
