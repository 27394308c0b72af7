// Guards for Express 4 and 5, and security handlers for express-openapi-validator. Neither is imported.
import { admit, type GuardOptions, refusalOf, remember } from './guards/admit.ts'
import {
  type NodeRequest,
  type NodeResponse,
  presentationOfNode,
  refuseNode,
  respondMetadata,
} from './guards/node-messages.ts'
import { refusalFor, setChallenge } from './guards/security-handlers.ts'
import { VerificationError } from './model/errors.ts'
import { presentedToken } from './verifier/presented.ts'
import type { Verifier } from './verifier/verifier.ts'

export { authOf, type GuardOptions } from './guards/admit.ts'
export {
  type Requirement,
  type SecuredContract,
  type SecurityHandler,
  securityHandlers,
} from './guards/security-handlers.ts'

/**
 * A middleware of Express.
 *
 * @example
 * ```ts
 * import type { Middleware } from '@countersign/verifier/express'
 *
 * const nothing: Middleware = (_request, _response, next) => next()
 * ```
 */
export type Middleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => void

/**
 * A middleware that lets requests with a good access token through, and responds to all others. The caller is
 * `authOf(request)`, and `request.auth`.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { authOf, guard } from '@countersign/verifier/express'
 *
 * const secured = (app: { get(path: string, ...handlers: unknown[]): unknown }, verifier: Verifier) =>
 *   app.get('/orders', guard(verifier, { scope: 'orders:read' }), (request: object) => authOf(request).subject)
 * ```
 */
export function guard(verifier: Verifier, options: GuardOptions = {}): Middleware {
  return (request, response, next) => {
    admit(verifier, presentationOfNode(request), options)
      .then(
        (verified) => {
          remember(request, verified)
          Object.assign(request, { auth: verified })
          return true
        },
        (error: unknown) => {
          refuseNode(response, refusalOf(error))
          return false
        },
      )
      .then((isAdmitted) => {
        if (isAdmitted) next()
      }, next)
  }
}

/**
 * A middleware that serves the metadata of the API (RFC 9728 §3.1). Mount it before all others, without a path.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { resourceMetadata } from '@countersign/verifier/express'
 *
 * const mount = (app: { use(middleware: unknown): unknown }, verifier: Verifier) => app.use(resourceMetadata(verifier))
 * ```
 */
export function resourceMetadata(verifier: Verifier): Middleware {
  return (request, response, next) => {
    if (!respondMetadata(verifier, request, response)) next()
  }
}

/**
 * An error handler for refusals by express-openapi-validator. It gives a 401 the challenge that it must have (RFC 9110
 * §15.5.2), and passes a 503 of the verifier on as such. Mount it before your own error handler, which writes the body.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { challenges } from '@countersign/verifier/express'
 *
 * const mount = (app: { use(handler: unknown): unknown }, verifier: Verifier) => app.use(challenges(verifier))
 * ```
 */
export function challenges(
  verifier: Verifier,
): (
  error: unknown,
  request: NodeRequest,
  response: NodeResponse & { getHeader(name: string): unknown },
  next: (error?: unknown) => void,
) => void {
  return (error, request, response, next) => {
    const refusal = refusalFor(request)
    if (refusal?.status === 503) return next(refusal)
    const { status } = (error ?? {}) as { readonly status?: unknown }
    if (status === 401 && response.getHeader('www-authenticate') === undefined) {
      setChallenge(response, missingOr(verifier, request))
    }
    next(error)
  }
}

/** The refusal of a request that no handler was called for: it has no token, or more than one. */
function missingOr(verifier: Verifier, request: NodeRequest): VerificationError {
  const terms = { metadataUrl: verifier.metadata.url }
  try {
    presentedToken(presentationOfNode(request), terms)
  } catch (error) {
    return refusalOf(error)
  }
  return new VerificationError('token_missing', terms)
}
