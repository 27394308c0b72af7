import { BlockList, isIP } from 'node:net'
import type { RequestValue } from '../http/message.ts'

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** `::ffff:192.0.2.1` is `192.0.2.1`: a dual-stack socket must not make two clients of one. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/**
 * Whose requests these are. `X-Forwarded-For` counts only where the peer is a trusted proxy, and then from the right: the
 * first address that no trusted proxy vouches for is the client's. By default nobody is trusted (N-008).
 *
 * @param trusted Addresses and CIDR ranges of proxies.
 */
export function clientAddress(trusted: readonly string[]): (request: RequestValue) => string {
  if (trusted.length === 0) return (request) => plain(request.remoteAddress)
  const proxies = new BlockList()
  for (const range of trusted) {
    const [address = '', bits] = range.split('/')
    if (bits === undefined) proxies.addAddress(address, family(address))
    else proxies.addSubnet(address, Number(bits), family(address))
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && proxies.check(address, family(address))
  return (request) => {
    let address = plain(request.remoteAddress)
    const header = request.headers['x-forwarded-for']
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => plain(hop.trim()))
    while (isTrusted(address)) {
      const hop = hops.pop()
      if (hop === undefined || isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}
