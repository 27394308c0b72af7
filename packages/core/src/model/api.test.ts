import { describe, expect, it } from 'vitest'
import {
  type Api,
  isAllowedOrigin,
  isApiIdentifier,
  issuerApi,
  requireApiIdentifier,
  requireValidApi,
  scopesFor,
} from './api.ts'

const api: Api = {
  ...issuerApi('https://orders.example'),
  id: '1'.repeat(22),
  scopes: [
    { name: 'orders:read', description: 'See orders.', leastRole: 'viewer' },
    { name: 'orders:write', description: 'Change orders.', leastRole: 'manager' },
    { name: 'orders:purge', description: 'Remove orders.', leastRole: 'owner' },
  ],
}

describe('the identifier of an API (RFC 8707 §2)', () => {
  it.each([
    'https://orders.example',
    'https://orders.example/v1?x=1',
    'urn:example:ledger',
    'tag:a,2026:b',
    'http://127.0.0.1:1',
  ])('%s is one', (identifier) => {
    expect(isApiIdentifier(identifier)).toBe(true)
    expect(() => requireApiIdentifier(identifier)).not.toThrow()
  })

  it.each([
    '',
    'orders',
    '/orders',
    '//orders.example',
    'https://orders.example#x',
    'https://a b',
    'https://ü.example',
    'https:',
    `https://${'x'.repeat(256)}`,
  ])('%j is none', (identifier) => {
    expect(isApiIdentifier(identifier)).toBe(false)
    expect(() => requireApiIdentifier(identifier)).toThrow(expect.objectContaining({ code: 'api_invalid' }))
  })
})

describe('an allowed origin', () => {
  it.each([
    'https://app.example',
    'https://app.example:8443',
    'http://localhost:5173',
    'http://127.0.0.1',
    'http://[::1]:1',
  ])('%s is one', (origin) => expect(isAllowedOrigin(origin)).toBe(true))

  it.each([
    ...[
      'null',
      '*',
      '',
      'https://app.example/',
      'https://app.example/x',
      'https://APP.example',
      'https://app.example:443',
    ],
    ...[
      'http://app.example',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'https://*.example',
      'file://',
    ],
    ...['https://user@app.example', 'app.example', 'ftp://app.example', 'https://ü.example'],
  ])('%j is none', (origin) => expect(isAllowedOrigin(origin)).toBe(false))
})

describe('an API', () => {
  it('is valid as it is registered by default', () => {
    expect(() => requireValidApi(api)).not.toThrow()
  })

  it.each<[string, Partial<Api>]>([
    ['no name', { name: '' }],
    ['a name with a space at its end', { name: 'Orders ' }],
    ['a name of two lines', { name: 'a\nb' }],
    ['a scope twice', { scopes: [...api.scopes, ...api.scopes.slice(0, 1)] }],
    ['a scope with a space', { scopes: [{ name: 'a b', description: 'x', leastRole: 'viewer' }] }],
    ['a scope without a sentence', { scopes: [{ name: 'a', description: '', leastRole: 'viewer' }] }],
    ['a scope of an unknown role', { scopes: [{ name: 'a', description: 'x', leastRole: 'admin' as never }] }],
    [
      'too many scopes',
      {
        scopes: Array.from({ length: 65 }, (_, n) => ({
          name: `s${n}`,
          description: 'x',
          leastRole: 'viewer' as const,
        })),
      },
    ],
    ['too short a lifetime', { accessLifetimeSeconds: 59 }],
    ['too long a lifetime', { accessLifetimeSeconds: 3601 }],
    ['a lifetime that is not whole', { accessLifetimeSeconds: 60.5 }],
    ['an origin with a path', { allowedOrigins: ['https://app.example/x'] }],
    ['too many origins', { allowedOrigins: Array.from({ length: 33 }, (_, n) => `https://app-${n}.example`) }],
  ])('is refused with %s', (_what, given) => {
    expect(() => requireValidApi({ ...api, ...given })).toThrow(expect.objectContaining({ code: 'api_invalid' }))
  })

  it('has for each role the scopes whose least role it reaches', () => {
    expect(scopesFor(api, 'viewer')).toEqual(['orders:read'])
    expect(scopesFor(api, 'manager')).toEqual(['orders:read', 'orders:write'])
    expect(scopesFor(api, 'owner')).toEqual(['orders:read', 'orders:write', 'orders:purge'])
  })
})
