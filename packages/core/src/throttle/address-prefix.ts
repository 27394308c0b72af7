import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/**
 * What guesses are counted by: an IPv4 address, or the /64 of an IPv6 one, since a host with one address of a /64 has
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
  return mapped ?? `${expand(canonical).slice(0, 4).join(':')}${end64}`
}

/** The wider prefixes of an IPv6 address. */
export interface WiderPrefixes {
  /** Its /56: what a provider commonly gives to a household (RFC 6177). */
  readonly site: string
  /** Its /48: what a provider commonly gives to an organisation, or to any customer. */
  readonly network: string
}

const end64 = '::/64'

/** The /56 and the /48 of an IPv6 address, which hold 256 and 65,536 prefixes of 64 bits. `undefined` for anything else. */
export function widerPrefixes(address: string | undefined): WiderPrefixes | undefined {
  const prefix = addressPrefix(address)
  if (!prefix.endsWith(end64)) return undefined
  const [first, second, third, fourth = '0'] = prefix.slice(0, -end64.length).split(':')
  const network = `${first}:${second}:${third}`
  const site = (Number.parseInt(fourth, 16) & 0xff00).toString(16)
  return { site: `${network}:${site}::/56`, network: `${network}::/48` }
}

/** The eight groups of a canonical IPv6 address. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : 8 - front.length - back.length
  return [...front, ...Array<string>(missing).fill('0'), ...back]
}
