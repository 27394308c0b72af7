// The name by which a request calls this server. A browser sends the name of the page's own origin: a page whose name was
// made to lead here (DNS rebinding) would otherwise be same-origin with everything that this server answers.
import { isIP } from 'node:net'

/** `foreign`: a name that is not ours. `malformed`: no `host[:port]` (RFC 9112 §3.2). */
export type HostVerdict = 'known' | 'foreign' | 'malformed'

const hostAndPort = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::\d{0,5})?$/

/** In lower case, without the dot of the root. */
const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '')

/**
 * Judges a `Host` header. Known are the issuer's host, `localhost` and the names that are allowed, at any port. Addresses are
 * known too: a page cannot have the origin of an address that it does not come from. So is no host at all: browsers send one.
 *
 * @param issuer URL.
 * @param allowed Names, or `*` for every one.
 */
export function hostJudge(
  issuer: string,
  allowed: readonly string[],
): (host: string | readonly string[] | undefined) => HostVerdict {
  const names = new Set(['localhost', new URL(issuer).hostname, ...allowed].map(plain))
  let last: string | undefined
  return (host) => {
    // Nearly every request has the same one.
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
