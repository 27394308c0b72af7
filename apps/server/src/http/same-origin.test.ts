import { describe, expect, it } from 'vitest'
import { RequestError } from './errors.ts'
import { requireOwnNavigation, requireSameOrigin } from './same-origin.ts'

const verdict = (guard: () => void): string => {
  try {
    guard()
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
  return 'allowed'
}

describe('a change of state by cookie', () => {
  const allowed = new Set(['https://auth.example'])
  const judge = (headers: Record<string, string>) => verdict(() => requireSameOrigin(headers, allowed))

  it('is allowed from our own pages', () => {
    expect(judge({ 'sec-fetch-site': 'same-origin' })).toBe('allowed')
    expect(judge({ origin: 'https://auth.example' })).toBe('allowed')
    expect(judge({ 'sec-fetch-site': 'same-origin', origin: 'https://127.0.0.1:7434' })).toBe('allowed')
  })

  it.each([
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'https://auth.example.evil' },
    { origin: 'https://evil-auth.example' },
    { origin: 'http://auth.example' },
    { origin: 'https://auth.example:8443' },
    { origin: 'https://auth.example, https://auth.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin, same-origin' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { referer: 'https://auth.example/' },
  ])('is refused with %j', (headers) => {
    expect(judge(headers as Record<string, string>)).toBe('origin_refused')
  })
})

describe('a GET that changes state by cookie', () => {
  const judge = (headers: Record<string, string>) => verdict(() => requireOwnNavigation(headers))

  it.each([{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }])('is allowed with %j', (headers) => {
    expect(judge(headers as Record<string, string>)).toBe('allowed')
  })

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'None' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch' },
    { 'sec-fetch-site': 'none', 'sec-purpose': 'prefetch;prerender' },
    { 'sec-fetch-site': 'none', 'sec-purpose': 'prerender' },
    { purpose: 'Prefetch' },
    { purpose: 'prerender' },
    { 'sec-purpose': 'x', purpose: 'prefetch' },
  ])('is refused with %j', (headers) => {
    expect(judge(headers as Record<string, string>)).toBe('origin_refused')
  })
})
