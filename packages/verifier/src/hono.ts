// Guards for Hono, which is not imported.

import { admit, type GuardOptions, refusalOf, remember } from './guards/admit.ts'
import { resourceMetadata as metadataResponse } from './guards/metadata.ts'
import { presentationOf } from './verifier/presented.ts'
import type { Verifier } from './verifier/verifier.ts'

export { authOf, type GuardOptions } from './guards/admit.ts'

/**
 * What is used of Hono's context.
 *
 * @example
 * ```ts
 * import type { HonoContext } from '@countersign/verifier/hono'
 *
 * const pathOf = (context: HonoContext): string => new URL(context.req.raw.url).pathname
 * ```
 */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  // biome-ignore lint/suspicious/noExplicitAny: an application declares its own variables.
  set(name: any, value: any): unknown
}

/**
 * A middleware of Hono.
 *
 * @example
 * ```ts
 * import type { HonoMiddleware } from '@countersign/verifier/hono'
 *
 * const nothing: HonoMiddleware = async (_context, next) => next()
 * ```
 */
// biome-ignore lint/suspicious/noConfusingVoidType: the type of Hono's own middleware.
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | void>

/**
 * A middleware that lets requests with a good access token through, and responds to all others. The caller is
 * `authOf(context)`, and `context.get('auth')`.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { authOf, guard } from '@countersign/verifier/hono'
 *
 * const secured = (app: { get(path: string, ...handlers: unknown[]): unknown }, verifier: Verifier) =>
 *   app.get('/orders', guard(verifier, { scope: 'orders:read' }), (context: object) => authOf(context).subject)
 * ```
 */
export function guard(verifier: Verifier, options: GuardOptions = {}): HonoMiddleware {
  return async (context, next) => {
    try {
      const verified = await admit(verifier, presentationOf(context.req.raw), options)
      remember(context, verified)
      context.set('auth', verified)
    } catch (error) {
      return refusalOf(error).toResponse()
    }
    return next()
  }
}

/**
 * A middleware that serves the metadata of the API (RFC 9728 §3.1). Mount it for all paths.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { resourceMetadata } from '@countersign/verifier/hono'
 *
 * const mount = (app: { use(middleware: unknown): unknown }, verifier: Verifier) => app.use(resourceMetadata(verifier))
 * ```
 */
export function resourceMetadata(verifier: Verifier): HonoMiddleware {
  return async (context, next) => metadataResponse(verifier, context.req.raw) ?? next()
}
