import { BlockList, isIP, SocketAddress } from 'node:net'
import type { RequestValue } from '../http/message.ts'

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/**
 * The canonical form of an address, with an IPv4-mapped address (`::ffff:192.0.2.1`) as IPv4. Otherwise one client
 * could look like two.
 */
function canonical(address: string): string {
  if (isIP(address) !== 6) return address
  const bare = address.split('%', 1)[0] as string
  const { address: spelled } = new SocketAddress({ address: bare, family: 'ipv6' })
  return spelled.startsWith('::ffff:') && spelled.includes('.') ? spelled.slice(7) : spelled
}

const bracketed = /^\[([0-9A-Fa-f:.%\w]+)\](?::\d{1,5})?$/
const withPort = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/

/** One hop as proxies write it: an address, optionally quoted (RFC 7239 §4), in brackets, or with a port. */
function hopAddress(hop: string): string | undefined {
  const text = hop.replace(/^"(.*)"$/, '$1')
  const [, address = text] = bracketed.exec(text) ?? withPort.exec(text) ?? []
  return isIP(address) === 0 ? undefined : canonical(address)
}

/**
 * The hops that proxies added, in order. A trailing comma is ignored; an empty item in between is a hop without an
 * address.
 */
function hopsOf(header: string | string[] | undefined): string[] {
  const list = Array.isArray(header) ? header.join(',') : (header ?? '')
  const hops = list.split(',').map((hop) => hop.trim())
  while (hops.at(-1) === '') hops.pop()
  return hops
}

/**
 * Determines the client's address. `X-Forwarded-For` counts only if the peer is a trusted proxy, and is read from the
 * right: the first address that is not a trusted proxy is the client's. By default no proxy is trusted (N-008).
 *
 * @param trusted Addresses and CIDR ranges of proxies.
 */
export function clientAddress(trusted: readonly string[]): (request: RequestValue) => string {
  if (trusted.length === 0) return (request) => canonical(request.remoteAddress)
  const proxies = new BlockList()
  for (const range of trusted) {
    const [address = '', bits] = range.split('/')
    if (bits === undefined) proxies.addAddress(canonical(address), family(canonical(address)))
    else proxies.addSubnet(address, Number(bits), family(address))
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && proxies.check(address, family(address))
  return (request) => {
    let address = canonical(request.remoteAddress)
    if (!isTrusted(address)) return address
    const hops = hopsOf(request.headers['x-forwarded-for'])
    while (isTrusted(address)) {
      const hop = hops.pop()
      const next = hop === undefined ? undefined : hopAddress(hop)
      if (next === undefined) break
      address = next
    }
    return address
  }
}
