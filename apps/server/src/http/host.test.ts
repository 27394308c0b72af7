import { describe, expect, it } from 'vitest'
import { hostChecker } from './host.ts'

const issuer = 'https://auth.example.com/path'

describe('the host that a request names', () => {
  it.each([
    undefined,
    '',
    'auth.example.com',
    'auth.example.com:4300',
    'AUTH.example.com.',
    'localhost',
    'localhost:1',
    'LOCALHOST.:80',
    '127.0.0.1',
    '10.1.2.3:4300',
    '[::1]',
    '[2001:db8::1]:443',
    'countersign:4300',
    'my_service',
  ])('N-540 is known: %s', (host) => {
    const judge = hostChecker(issuer, ['Countersign', 'my_service'])
    expect([judge(host), judge(host)]).toEqual(['known', 'known'])
  })

  it.each([
    'evil.example',
    'evil.example:443',
    'example.com',
    'auth.example.com.evil.example',
    'xauth.example.com',
    'sub.auth.example.com',
    'evil.localhost',
    '127.0.0.1.evil.example',
    '2130706433',
    '127.1',
    '0x7f.0.0.1',
    '%61uth.example.com',
  ])('N-540 is foreign: %s', (host) => {
    const judge = hostChecker(issuer, ['countersign'])
    judge('auth.example.com')
    expect([judge(host), judge(host)]).toEqual(['foreign', 'foreign'])
  })

  it.each([
    'a b',
    'user@auth.example.com',
    'auth.example.com/',
    'http://auth.example.com',
    'a:b',
    'a:1:2',
    '::1',
    '[::1',
    ':80',
    'é',
  ])('N-540 is none: %s', (host) => {
    expect(hostChecker(issuer, [])(host)).toBe('malformed')
    expect(hostChecker(issuer, ['*'])(host)).toBe('malformed')
  })

  it('N-540 may be any name where * is allowed', () => {
    expect(hostChecker(issuer, ['*'])('evil.example:1')).toBe('known')
  })

  it('N-540 is an address of an issuer that has one', () => {
    expect(hostChecker('http://[::1]:4300', [])('[::1]:4300')).toBe('known')
  })
})
