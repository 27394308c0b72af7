// Why a browser refuses a request to another origin is hidden from scripts (Fetch §3.3). This asks for the metadata, which
// any origin may read: if they can be read, the server is there, and it does not allow calls from this page's origin.
import type { BaseUrl } from './base-url.ts'
import { TransportError } from './errors.ts'
import type { Fetch } from './transport.ts'

export const metadataPath = '/.well-known/oauth-authorization-server'

/**
 * A `fetch` that says so if a browser refuses the first requests because of the page's origin.
 *
 * @returns A `fetch` that then rejects with TransportError `origin_refused`. It is the given one outside of browsers, and
 *   in a page of the server's own origin.
 */
export function tellingRefusedOrigin(base: BaseUrl, fetch: Fetch): Fetch {
  const page = (globalThis as { location?: { origin?: string } }).location?.origin
  if (page === undefined || page === new URL(base.href).origin) return fetch
  const url = base.href + metadataPath
  let isAllowed = false
  return async (request) => {
    try {
      const response = await fetch(request)
      if (request.url !== url) isAllowed = true
      return response
    } catch (error) {
      if (isAllowed || request.url === url || !(error instanceof TypeError)) throw error
      const probe = new Request(url, { credentials: 'omit', signal: request.signal })
      const isReachable = await fetch(probe).then(
        () => true,
        () => false,
      )
      throw isReachable ? new TransportError('origin_refused') : error
    }
  }
}
