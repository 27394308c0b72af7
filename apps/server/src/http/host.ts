// Checks the `Host` of a request. A browser sends the host name of the page's origin. Otherwise a page whose name
// resolves to this server (DNS rebinding) would be same-origin with every answer of this server.
import { isIP } from 'node:net'

/** `foreign`: an unknown name. `malformed`: not `host[:port]` (RFC 9112 §3.2). */
export type HostVerdict = 'known' | 'foreign' | 'malformed'

const hostAndPort = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::\d{0,5})?$/

/** In lower case, without a trailing dot. */
const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '')

/**
 * Checks a `Host` header. Known are the issuer's host, `localhost` and the allowed names, at any port. IP addresses are
 * known too: a page with such an origin was served from that address. A missing host is known, because browsers always
 * send one.
 *
 * @param issuer URL.
 * @param allowed Names, or `*` for all.
 */
export function hostChecker(
  issuer: string,
  allowed: readonly string[],
): (host: string | readonly string[] | undefined) => HostVerdict {
  const names = new Set(['localhost', new URL(issuer).hostname, ...allowed].map(plain))
  let last: string | undefined
  return (host) => {
    // Fast path: nearly every request has the same host.
    if (host === undefined || host === '' || host === last) return 'known'
    if (typeof host !== 'string') return 'malformed'
    const [, name] = hostAndPort.exec(host) ?? []
    if (name === undefined) return 'malformed'
    if (!names.has('*') && !isAddress(name) && !names.has(plain(name))) return 'foreign'
    last = host
    return 'known'
  }
}

const isAddress = (name: string): boolean => (name.startsWith('[') ? isIP(name.slice(1, -1)) === 6 : isIP(name) === 4)
