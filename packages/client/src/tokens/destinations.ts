import type { Target } from '../session/token-source.ts'
import { isConfidential, parseBaseUrl } from '../transport/base-url.ts'
import { ForeignOriginError } from './foreign-origin-error.ts'

/** Where tokens may be sent. */
export interface DestinationOptions {
  /** The APIs, by their identifiers; the first is the default. */
  readonly resources: readonly string[]
  /** Further origins, for tokens of the default API. */
  readonly origins: readonly (string | URL)[]
  readonly allowInsecureHttp: boolean
}

/**
 * Decides which token a URL gets: that of the API whose identifier has the same origin. If several have, the one whose
 * path the URL is below.
 *
 * @returns A function that returns the target for a URL, and throws ForeignOriginError for any other origin.
 * @throws TypeError If an identifier is not an absolute URI without a fragment (RFC 8707 §2), or an origin is not one.
 */
export function destinations({ resources, origins, allowInsecureHttp }: DestinationOptions): (url: string) => Target {
  const apis = resources.map((resource) => {
    if (!URL.canParse(resource) || resource.includes('#')) {
      throw new TypeError('resource must be an absolute URI without a fragment')
    }
    const { protocol, origin, pathname } = new URL(resource)
    // The origin of other URIs is the text "null", as that of any data: URL.
    const isUrl = /^https?:$/.test(protocol)
    return { resource, origin: isUrl ? origin : undefined, folder: pathname.replace(/\/?$/, '/') }
  })
  const others = origins.map((origin) => {
    const { href } = parseBaseUrl(origin, allowInsecureHttp, 'origins')
    if (href !== new URL(href).origin) throw new TypeError('origins must have no path')
    return href
  })
  return (url) => {
    const { origin, pathname } = new URL(url)
    const depthOf = ({ folder }: { folder: string }) => (`${pathname}/`.startsWith(folder) ? folder.length : 0)
    const [api] = apis.filter((api) => api.origin === origin).toSorted((a, b) => depthOf(b) - depthOf(a))
    if (api && (allowInsecureHttp || isConfidential(new URL(url)))) return { resource: api.resource }
    if (others.includes(origin)) return {}
    throw new ForeignOriginError(origin)
  }
}
