/** The server's base URL. Tokens are sent nowhere else. */
export interface BaseUrl {
  /** Absolute, without a trailing slash. */
  readonly href: string
  /** Whether a URL has the same origin and is below the base path. */
  contains(url: string): boolean
}

const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Validates a base URL.
 *
 * Plain http would send passwords and tokens in clear text, so only loopback may use it (RFC 6750 §5.3).
 *
 * @param baseUrl `https://auth.example`, optionally with a path; in a browser it may be relative to the page.
 * @param allowInsecureHttp Accepts plain http to any host.
 * @throws TypeError If it is not an http(s) URL, has credentials, a query or a fragment, or is insecure.
 */
export function parseBaseUrl(baseUrl: string | URL, allowInsecureHttp: boolean): BaseUrl {
  const page = (globalThis as { location?: { href: string } }).location?.href
  if (!URL.canParse(String(baseUrl), page)) throw new TypeError('baseUrl is not a URL')
  const url = new URL(baseUrl, page)
  if (url.username !== '' || url.password !== '') throw new TypeError('baseUrl must not carry credentials')
  if (url.search !== '' || url.hash !== '') throw new TypeError('baseUrl must have no query and no fragment')
  if (url.protocol !== 'https:') {
    if (url.protocol !== 'http:') throw new TypeError('baseUrl must be https: or http:')
    if (!allowInsecureHttp && !loopback.test(url.hostname)) {
      throw new TypeError('baseUrl is plain http: to another host; use https: or set allowInsecureHttp')
    }
  }
  const path = url.pathname.replace(/\/+$/, '')
  const href = url.origin + path
  return {
    href,
    contains: (other) => {
      const target = new URL(other)
      return target.origin === url.origin && target.pathname.startsWith(`${path}/`)
    },
  }
}
