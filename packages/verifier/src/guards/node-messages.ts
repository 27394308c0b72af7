import type { VerificationError } from '../model/errors.ts'
import type { Presentation } from '../verifier/presented.ts'
import type { Verifier } from '../verifier/verifier.ts'
import { asksForMetadata, metadataHeaders } from './metadata.ts'

/**
 * What is read of a request of Node.js (`http.IncomingMessage`, or Express's).
 *
 * @example
 * ```ts
 * import type { NodeRequest } from '@countersign/verifier/node'
 *
 * const request: NodeRequest = { method: 'GET', url: '/orders', rawHeaders: [], headers: {} }
 * ```
 */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express: the URL before a router removed its own path. */
  readonly originalUrl?: string | undefined
  readonly rawHeaders?: readonly string[] | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * What is called of a response of Node.js (`http.ServerResponse`, or Express's).
 *
 * @example
 * ```ts
 * import type { NodeResponse } from '@countersign/verifier/node'
 *
 * const refuse = (response: NodeResponse): unknown => {
 *   response.statusCode = 404
 *   return response.end()
 * }
 * ```
 */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** Node.js keeps the first of several `Authorization` headers; the raw ones show whether there were more. */
export function presentationOfNode({ originalUrl, url = '', rawHeaders, headers }: NodeRequest): Presentation {
  const raw = rawHeaders?.filter((_, index) => index % 2 === 1 && isAuthorization(rawHeaders[index - 1]))
  const parsed = headers.authorization
  const authorization = raw && raw.length > 0 ? raw : parsed === undefined ? [] : [parsed].flat()
  return { authorization, url: originalUrl ?? url }
}

const isAuthorization = (name: string | undefined): boolean => name?.toLowerCase() === 'authorization'

export function refuseNode(response: NodeResponse, refusal: VerificationError): void {
  response.statusCode = refusal.status
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value)
  response.end(refusal.body)
}

/** @returns Whether it was a request for the metadata. */
export function respondMetadata(verifier: Verifier, request: NodeRequest, response: NodeResponse): boolean {
  if (!asksForMetadata(verifier, request.method, request.originalUrl ?? request.url ?? '')) return false
  response.statusCode = 200
  for (const [name, value] of Object.entries(metadataHeaders)) response.setHeader(name, value)
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(verifier.metadata.document))
  return true
}
