import { wellKnown } from '../transport/urls.ts'

/**
 * The metadata of a protected resource (RFC 9728).
 *
 * @example
 * ```ts
 * import type { ResourceMetadata } from '@countersign/verifier'
 *
 * const response = ({ document }: ResourceMetadata): Response => Response.json(document)
 * ```
 */
export interface ResourceMetadata {
  /** Where it is served, relative to the origin of the resource (§3.1). Absent if the resource is not an http(s) URL. */
  readonly path?: string | undefined
  /** The URL that challenges name (§5.1). */
  readonly url?: string | undefined
  /** The document (§2). */
  readonly document: Readonly<Record<string, unknown>>
}

export interface ResourceTerms {
  readonly issuer: string
  readonly resource: string
  readonly scopesSupported?: readonly string[] | undefined
  readonly resourceName?: string | undefined
}

export function resourceMetadata({ issuer, resource, scopesSupported, resourceName }: ResourceTerms): ResourceMetadata {
  const document = {
    resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    ...(scopesSupported ? { scopes_supported: [...scopesSupported] } : {}),
    ...(resourceName === undefined ? {} : { resource_name: resourceName }),
  }
  const url = new URL(resource)
  if (!/^https?:$/.test(url.protocol)) return { document }
  const at = wellKnown(url, 'oauth-protected-resource')
  return { document, url: at, path: at.slice(url.origin.length) }
}
