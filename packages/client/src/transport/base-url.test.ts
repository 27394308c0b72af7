import { describe, expect, it } from 'vitest'
import { parseBaseUrl } from './base-url.ts'

describe('the base URL', () => {
  it.each(['http://auth.example', 'http://10.0.0.1:8080', 'http://localhost.example', 'http://127.0.0.1.example'])(
    'refuses plain http to another host: %s',
    (url) => {
      expect(() => parseBaseUrl(url, false)).toThrow(TypeError)
      expect(parseBaseUrl(url, true).href).toBe(url)
    },
  )

  it.each([
    'http://localhost:8080',
    'http://app.localhost',
    'http://127.0.0.1:1',
    'http://127.8.9.1',
    'http://[::1]:3000',
  ])('accepts plain http to loopback: %s', (url) => {
    expect(parseBaseUrl(url, false).href).toBe(url)
  })

  it.each([
    'ftp://auth.example',
    'javascript:alert(1)',
    'https://user:secret@auth.example',
    'https://auth.example/?a=1',
    'https://auth.example/#a',
    '/relative',
    '',
  ])('refuses what is no base: %s', (url) => {
    expect(() => parseBaseUrl(url, true)).toThrow(TypeError)
  })

  it('never quotes the URL, which may carry credentials', () => {
    const error = (() => {
      try {
        return parseBaseUrl('https://user:hunter2@auth.example', false)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(String(error)).not.toContain('hunter2')
  })

  it('drops slashes at the end and keeps the path', () => {
    expect(parseBaseUrl('https://auth.example/', false).href).toBe('https://auth.example')
    expect(parseBaseUrl(new URL('https://auth.example/auth//'), false).href).toBe('https://auth.example/auth')
  })

  it('contains only what is of its origin and below its path', () => {
    const base = parseBaseUrl('https://auth.example/auth', false)
    expect(base.contains('https://auth.example/auth/v1/me')).toBe(true)
    for (const url of [
      'https://auth.example/v1/me',
      'https://auth.example/authority',
      'https://auth.example/auth/../v1/me',
      'https://auth.example:444/auth/v1/me',
      'http://auth.example/auth/v1/me',
      'https://evil.example/auth/v1/me',
      'https://auth.example@evil.example/auth/v1/me',
    ]) {
      expect(base.contains(url), url).toBe(false)
    }
  })
})
