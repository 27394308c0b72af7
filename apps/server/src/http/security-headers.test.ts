import { describe, expect, it } from 'vitest'
import { withSecurityHeaders } from './security-headers.ts'

const bare = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }

describe('security headers', () => {
  it('are on every answer', () => {
    expect(withSecurityHeaders(bare, { encrypted: false }).headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })

  it('let only the documentation run scripts, and only its own', () => {
    const policy = withSecurityHeaders(bare, { encrypted: false, page: 'documentation' }).headers[
      'content-security-policy'
    ]
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it('ask for TLS only over TLS (RFC 6797 §7.2)', () => {
    expect(withSecurityHeaders(bare, { encrypted: true }).headers['strict-transport-security']).toBe('max-age=31536000')
    expect(withSecurityHeaders(bare, { encrypted: false }).headers).not.toHaveProperty('strict-transport-security')
  })

  it('leave caching to an answer that decides it', () => {
    const cached = { ...bare, headers: { 'cache-control': 'public, max-age=300' } }
    const { headers } = withSecurityHeaders(cached, { encrypted: false })
    expect(headers['cache-control']).toBe('public, max-age=300')
    expect(headers).not.toHaveProperty('pragma')
  })
})
