import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/**
 * What guesses are counted by: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address of a /64 has
 * them all. IPv4 in IPv6 clothes (`::ffff:…`) is IPv4. Nothing (the command line) is a prefix of its own.
 */
export function addressPrefix(address: string | undefined): string {
  if (address === undefined) return 'local'
  if (isIPv4(address)) return address
  const bare = address.split('%')[0] ?? ''
  if (!isIPv6(bare)) return 'unknown'
  // In its one canonical spelling (RFC 5952), whatever was written: `::ffff:7f00:1` is 127.0.0.1 too.
  const { address: canonical } = new SocketAddress({ address: bare, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1]
  return mapped ?? `${expand(canonical).slice(0, 4).join(':')}::/64`
}

/** The eight groups of a canonical IPv6 address. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : 8 - front.length - back.length
  return [...front, ...Array<string>(missing).fill('0'), ...back]
}
