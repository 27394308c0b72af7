import { describe, expect, it } from 'vitest'
import type { RequestValue } from '../http/message.ts'
import { clientAddress } from './client-address.ts'

const request = (remoteAddress: string, forwarded?: string | string[]): RequestValue =>
  ({ remoteAddress, headers: { 'x-forwarded-for': forwarded } }) as unknown as RequestValue

const proxy = '10.0.0.1'
const behindProxy = (forwarded: string | string[], trusted = ['10.0.0.0/8', '::1', '2001:db8:ffff::/48']) =>
  clientAddress(trusted)(request(proxy, forwarded))

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
  ])('N-537 is read from %s', (forwarded, address) => {
    expect(behindProxy(forwarded)).toBe(address)
    expect(behindProxy([forwarded, ''])).toBe(address)
  })

  it.each([
    '203.0.113.7, 10.0.0.2:80',
    '203.0.113.7:1, "10.0.0.2:80", ::FFFF:10.1.1.1',
    '203.0.113.7, [2001:DB8:ffff::1]:80',
  ])('N-537 is the first that no trusted proxy vouches for, from the right: %s', (forwarded) => {
    expect(behindProxy(`198.51.100.1, ${forwarded}`)).toBe('203.0.113.7')
  })

  it.each(['', 'unknown', '_hidden', '203.0.113.7:http', '[203.0.113.7', '203.0.113.7:5000:1', '1.2.3', '"'])(
    'N-537 is that of the proxy where the last hop is no address: %j',
    (forwarded) => {
      expect(behindProxy(`198.51.100.1, ${forwarded}`)).toBe(forwarded === '' ? '198.51.100.1' : proxy)
      expect(behindProxy(forwarded)).toBe(proxy)
    },
  )

  it('N-537 is found whatever the spelling of the proxy’s own address', () => {
    const find = clientAddress(['::ffff:127.0.0.1'])
    for (const peer of ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7f00:1']) {
      expect(find(request(peer, '203.0.113.7:1'))).toBe('203.0.113.7')
    }
  })
})

it('N-008 a header counts for nothing where the peer is not trusted', () => {
  expect(clientAddress([])(request('::ffff:192.0.2.1', '203.0.113.7'))).toBe('192.0.2.1')
  expect(clientAddress(['10.0.0.0/8'])(request('192.0.2.1', '203.0.113.7'))).toBe('192.0.2.1')
})
