import { describe, expect, it } from 'vitest'
import { addressPrefix, widerPrefixes } from './address-prefix.ts'

describe('what guesses are counted by', () => {
  it('is the whole of an IPv4 address', () => {
    expect(addressPrefix('192.0.2.7')).toBe('192.0.2.7')
    expect(addressPrefix('192.0.2.8')).not.toBe(addressPrefix('192.0.2.7'))
  })

  it('is the /64 of an IPv6 address', () => {
    const one = ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:0DB8:0001:0002::', '2001:db8:1:2:0:0:0:9']
    expect(new Set(one.map(addressPrefix))).toEqual(new Set(['2001:db8:1:2::/64']))
    expect(addressPrefix('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64')
    expect(addressPrefix('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(addressPrefix('::1')).toBe('0:0:0:0::/64')
    expect(addressPrefix('1:2:3:4:5:6:7::')).toBe('1:2:3:4::/64')
  })

  it('is the same in every spelling of an address, its zone left out', () => {
    expect(addressPrefix('fe80::1%eth0')).toBe(addressPrefix('fe80:0:0:0:1::'))
    expect(addressPrefix('2001:DB8::A')).toBe(addressPrefix('2001:db8:0:0::a'))
  })

  it('is the IPv4 address for one in IPv6 clothes, however it is spelled', () => {
    const clothes = [
      '::ffff:192.0.2.7',
      '::FFFF:192.0.2.7',
      '::ffff:c000:207',
      '0:0:0:0:0:ffff:c000:0207',
      '0::ffff:192.0.2.7',
    ]
    for (const address of clothes) expect(addressPrefix(address)).toBe('192.0.2.7')
  })

  it('is a prefix of its own for the command line, and one for what is no address', () => {
    expect(addressPrefix(undefined)).toBe('local')
    for (const text of ['', 'localhost', '192.0.2', '192.0.2.7.1', '::1::', 'a'.repeat(10_000)]) {
      expect(addressPrefix(text)).toBe('unknown')
    }
  })
})

describe('the wider prefixes of an address', () => {
  it('are the /56 and the /48 of an IPv6 address, in every spelling', () => {
    expect(widerPrefixes('2001:db8:1:2ff::1')).toEqual({ site: '2001:db8:1:200::/56', network: '2001:db8:1::/48' })
    expect(widerPrefixes('2001:0DB8:0001:02ab:0::7%eth0')).toEqual(widerPrefixes('2001:db8:1:2ff::1'))
    expect(widerPrefixes('2001:db8:1:300::1')?.site).not.toBe(widerPrefixes('2001:db8:1:2ff::1')?.site)
    expect(widerPrefixes('2001:db8:1:300::1')?.network).toBe(widerPrefixes('2001:db8:1:2ff::1')?.network)
    expect(widerPrefixes('2001:db8:2:2ff::1')?.network).not.toBe(widerPrefixes('2001:db8:1:2ff::1')?.network)
    expect(widerPrefixes('::1')).toEqual({ site: '0:0:0:0::/56', network: '0:0:0::/48' })
  })

  it('are none of anything else', () => {
    for (const address of [undefined, '192.0.2.7', '::ffff:192.0.2.7', 'localhost', '']) {
      expect(widerPrefixes(address)).toBeUndefined()
    }
  })
})
