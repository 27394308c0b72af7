import type { Verifier } from '../verifier/verifier.ts'

/** A public document: pages of every origin may read it. */
export const metadataHeaders = {
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=3600',
  'content-type': 'application/json',
}

/** Whether a request asks for the metadata of the API (RFC 9728 §3.1). */
export function asksForMetadata({ metadata }: Verifier, method: string | undefined, url: string): boolean {
  const { path } = metadata
  if (path === undefined || (method !== 'GET' && method !== 'HEAD')) return false
  return url === path || (url.startsWith(`${path}?`) && !path.includes('?'))
}

/**
 * The metadata of the API (RFC 9728 §3.1), if the request asks for it.
 *
 * @example
 * ```ts
 * import type { Verifier } from '@countersign/verifier'
 * import { resourceMetadata } from '@countersign/verifier/fetch'
 *
 * const route = (verifier: Verifier, request: Request): Response =>
 *   resourceMetadata(verifier, request) ?? new Response('not found', { status: 404 })
 * ```
 */
export function resourceMetadata(verifier: Verifier, request: Request): Response | undefined {
  const { pathname, search } = new URL(request.url)
  if (!asksForMetadata(verifier, request.method, pathname + search)) return undefined
  const body = request.method === 'HEAD' ? null : JSON.stringify(verifier.metadata.document)
  return new Response(body, { headers: metadataHeaders })
}
