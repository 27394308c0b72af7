/** The server's base URL. Tokens are sent nowhere else. */
export interface BaseUrl {
  /** Absolute, without a trailing slash. */
  readonly href: string
  /** Whether a URL has the same origin and is below the base path. */
  contains(url: string): boolean
}

/** Whether what is sent there cannot be read on the way: by https, or on this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || loopback.test(hostname)
}

const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Validates a base URL.
 *
 * Plain http would send passwords and tokens in clear text, so only loopback may use it (RFC 6750 §5.3).
 *
 * @param baseUrl `https://auth.example`, optionally with a path; in a browser it may be relative to the page.
 * @param allowInsecureHttp Accepts plain http to any host.
 * @param name The option's name, for the error.
 * @throws TypeError If it is not an http(s) URL, has credentials, a query or a fragment, or is insecure.
 */
export function parseBaseUrl(baseUrl: string | URL, allowInsecureHttp: boolean, name = 'baseUrl'): BaseUrl {
  const page = (globalThis as { location?: { href: string } }).location?.href
  const refuseIf = (isWrong: boolean, why: string) => {
    if (isWrong) throw new TypeError(`${name} ${why}`)
  }
  refuseIf(!URL.canParse(String(baseUrl), page), 'is not a URL')
  const url = new URL(baseUrl, page)
  refuseIf(url.username + url.password !== '', 'must not carry credentials')
  refuseIf(url.search + url.hash !== '', 'must have no query and no fragment')
  refuseIf(!/^https?:$/.test(url.protocol), 'must be https: or http:')
  const isSafe = allowInsecureHttp || isConfidential(url)
  refuseIf(!isSafe, 'is plain http: to another host; use https: or set allowInsecureHttp')
  const href = url.origin + url.pathname.replace(/\/+$/, '')
  return {
    href,
    contains: (other) => {
      const { origin, pathname } = new URL(other)
      return `${origin}${pathname}`.startsWith(`${href}/`)
    },
  }
}
