import { describe, expect, it } from 'vitest'
import type { RequestValue } from '../http/message.ts'
import { clientAddress } from './client-address.ts'

const proxies = ['10.0.0.0/8', '2001:db8:1::1', 'fd00::/8']
const addressFrom = (trusted: readonly string[], peer: string, forwarded?: string | string[]) => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return clientAddress(trusted)({ remoteAddress: peer, headers } as unknown as RequestValue)
}

const spoofed = '198.51.100.66'
const real = '203.0.113.7'

describe('the address of a client', () => {
  it.each<[string, string, string | string[] | undefined, string]>([
    ['the peer, where no header is sent', '10.0.0.1', undefined, '10.0.0.1'],
    ['the peer, where the header is empty', '10.0.0.1', '', '10.0.0.1'],
    ['the peer, where it is no trusted proxy', real, spoofed, real],
    ['the peer, though the header names a trusted proxy', real, `${spoofed}, 10.0.0.2`, real],
    ['the one hop that a proxy tells', '10.0.0.1', real, real],
    ['the hop that the proxy added, not what the client had sent', '10.0.0.1', `${spoofed}, ${real}`, real],
    ['the same, however often the client had sent it', '10.0.0.1', `${spoofed}, ${spoofed},${real}`, real],
    ['the first hop from the right that no trusted proxy is', '10.0.0.1', `${spoofed}, ${real}, 10.0.0.2`, real],
    ['the same behind three proxies', '10.0.0.1', `${spoofed}, ${real}, 10.1.1.1, 10.0.0.2`, real],
    ['an address left of which a trusted one is claimed', '10.0.0.1', `10.0.0.9, ${real}`, real],
    ['the leftmost, where all are trusted', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the last trusted one, where it tells no address', '10.0.0.1', `${spoofed}, garbage, 10.0.0.2`, '10.0.0.2'],
    ['the peer, where it tells no address', '10.0.0.1', `${spoofed}, garbage`, '10.0.0.1'],
    ['the peer, where it tells nothing between commas', '10.0.0.1', `${spoofed}, , 10.0.0.2`, '10.0.0.2'],
    ['that of a header sent twice, in its order', '10.0.0.1', [`${spoofed}`, `${real}, 10.0.0.2`], real],
    ['IPv4 of a peer on a dual-stack socket', '::ffff:203.0.113.7', undefined, real],
    ['that which a proxy on a dual-stack socket tells', '::ffff:10.0.0.1', `${spoofed}, ${real}`, real],
    ['IPv4 of a hop in IPv6 form', '10.0.0.1', `${spoofed}, ::ffff:203.0.113.7`, real],
    ['the hop before a proxy in IPv6 form', '10.0.0.1', `${spoofed}, ${real}, ::ffff:10.0.0.2`, real],
    ['an IPv6 hop', '2001:db8:1::1', `${spoofed}, 2001:db8::7`, '2001:db8::7'],
    ['the hop before an IPv6 proxy', 'fd12::1', `2001:db8:9::9, 2001:db8::7, 2001:db8:1::1`, '2001:db8::7'],
    ['the peer, where a neighbour of a trusted IPv6 address asks', '2001:db8:1::2', spoofed, '2001:db8:1::2'],
  ])('N-468 is %s', (_, peer, forwarded, expected) => {
    expect(addressFrom(proxies, peer, forwarded)).toBe(expected)
  })

  it('is always the peer where no proxy is trusted', () => {
    for (const peer of [real, '127.0.0.1', '10.0.0.1', '::1']) {
      expect(addressFrom([], peer, `${spoofed}, 10.0.0.2`)).toBe(peer)
    }
    expect(addressFrom([], '::ffff:203.0.113.7', spoofed)).toBe(real)
  })

  it('trusts a range to its very end and no further', () => {
    for (const [peer, expected] of [
      ['192.0.2.0', real],
      ['192.0.2.63', real],
      ['192.0.2.64', '192.0.2.64'],
      ['192.0.1.255', '192.0.1.255'],
    ] as const) {
      expect(addressFrom(['192.0.2.0/26'], peer, real)).toBe(expected)
    }
  })
})

const proxy = '10.0.0.1'
const behindProxy = (forwarded: string | string[], trusted = ['10.0.0.0/8', '::1', '2001:db8:ffff::/48']) =>
  addressFrom(trusted, proxy, forwarded)

describe('the address of a client behind a trusted proxy', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:5000', '203.0.113.7'],
    ['"203.0.113.7:5000"', '203.0.113.7'],
    ['203.0.113.7,', '203.0.113.7'],
    ['203.0.113.7, ,', '203.0.113.7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['"[2001:db8::7]:443"', '2001:db8::7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['[::FFFF:203.0.113.7]:443', '203.0.113.7'],
  ])('is read from %s', (forwarded, address) => {
    expect(behindProxy(forwarded)).toBe(address)
    expect(behindProxy([forwarded, ''])).toBe(address)
  })

  it.each([
    '203.0.113.7, 10.0.0.2:80',
    '203.0.113.7:1, "10.0.0.2:80", ::FFFF:10.1.1.1',
    '203.0.113.7, [2001:DB8:ffff::1]:80',
  ])('is the first that no trusted proxy vouches for, from the right: %s', (forwarded) => {
    expect(behindProxy(`198.51.100.1, ${forwarded}`)).toBe('203.0.113.7')
  })

  it.each(['unknown', '_hidden', '203.0.113.7:http', '[203.0.113.7', '203.0.113.7:5000:1', '1.2.3', '"'])(
    'is that of the proxy where the last hop is no address: %j',
    (forwarded) => {
      expect(behindProxy(`198.51.100.1, ${forwarded}`)).toBe(proxy)
      expect(behindProxy(forwarded)).toBe(proxy)
    },
  )

  it('is found whatever the spelling of the proxy’s own address', () => {
    for (const peer of ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7f00:1']) {
      expect(addressFrom(['::ffff:127.0.0.1'], peer, '203.0.113.7:1')).toBe(real)
    }
  })
})
