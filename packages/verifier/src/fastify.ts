// Guards for Fastify, which is not imported.
import { admit, type GuardOptions, refusalOf, remember } from './guards/admit.ts'
import { metadataHeaders } from './guards/metadata.ts'
import { type NodeRequest, presentationOfNode } from './guards/node-messages.ts'
import type { Verifier } from './verifier/verifier.ts'

export { authOf, type GuardOptions } from './guards/admit.ts'

/**
 * What is used of Fastify's request.
 *
 * @example
 * ```ts
 * import type { FastifyRequestLike } from '@countersign/verifier/fastify'
 *
 * const pathOf = ({ raw }: FastifyRequestLike): string | undefined => raw.url
 * ```
 */
export interface FastifyRequestLike {
  readonly raw: NodeRequest
}

/**
 * What is used of Fastify's reply.
 *
 * @example
 * ```ts
 * import type { FastifyReplyLike } from '@countersign/verifier/fastify'
 *
 * const refuse = (reply: FastifyReplyLike): unknown => reply.code(404).send()
 * ```
 */
export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike
  headers(values: Record<string, string>): FastifyReplyLike
  send(payload?: unknown): unknown
}

/**
 * A hook that lets requests with a good access token through, and responds to all others. The caller is
 * `authOf(request)`. Use it as `onRequest`, so that no body is read before.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { guard } from '@countersign/verifier/fastify'
 *
 * const route = (verifier: Verifier) => ({ onRequest: guard(verifier, { scope: 'orders:read' }) })
 * ```
 */
export function guard(
  verifier: Verifier,
  options: GuardOptions = {},
): (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown> {
  return async (request, reply) => {
    try {
      remember(request, await admit(verifier, presentationOfNode(request.raw), options))
      return undefined
    } catch (error) {
      const { status, headers, body } = refusalOf(error)
      return reply.code(status).headers(headers).send(body)
    }
  }
}

/**
 * A plugin that serves the metadata of the API (RFC 9728 §3.1). Register it without a prefix.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { resourceMetadata } from '@countersign/verifier/fastify'
 *
 * const mount = (app: { register(plugin: unknown): unknown }, verifier: Verifier) => app.register(resourceMetadata(verifier))
 * ```
 */
export function resourceMetadata(
  verifier: Verifier,
): (
  app: { get(path: string, handler: (request: unknown, reply: FastifyReplyLike) => unknown): unknown },
  options: object,
  done: () => void,
) => void {
  return (app, _options, done) => {
    const [path] = verifier.metadata.path?.split('?') ?? []
    if (path !== undefined) {
      app.get(path, (_request, reply) =>
        reply.headers(metadataHeaders).send(JSON.stringify(verifier.metadata.document)),
      )
    }
    done()
  }
}
