import { describe, expect, it } from 'vitest'
import { ConfigError } from './config.ts'
import { readConfig } from './read-config.ts'

const read = (text: string) => readConfig({ flags: {}, env: { COUNTERSIGN_ALLOWED_ORIGINS: text } }, []).allowedOrigins
const refusal = (text: string): string => {
  try {
    read(text)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error('it was accepted')
}

describe('allowed origins', () => {
  it('are none by default', () => {
    expect(read('')).toEqual([])
  })

  it('are exact origins of https, and of http on this machine', () => {
    const origins = [
      'https://app.example.com',
      'https://app.example.com:8443',
      'https://192.0.2.1',
      'http://localhost:5173',
      'http://app.localhost',
      'http://127.0.0.1',
      'http://[::1]:3000',
    ]
    expect(read(origins.join(', '))).toEqual(origins)
  })

  it.each([
    ['*', 'has a wildcard: name each origin'],
    ['https://*.example.com', 'has a wildcard: name each origin'],
    ['null', 'is the origin of every sandboxed page and cannot be allowed'],
    ['app.example.com', 'is not an origin: it needs a scheme and a host, as https://app.example.com'],
    ['//app.example.com', 'is not an origin'],
    ['file:///srv/app', 'is not an origin'],
    ['ftp://app.example.com', 'is not an origin'],
    ['https://', 'is not an origin'],
    ['http://app.example.com', 'is unencrypted: only pages of this machine may use http'],
    ['http://192.168.1.2', 'is unencrypted'],
    ['http://localhost.example.com', 'is unencrypted'],
    ['https://app.example.com/', 'must be spelled https://app.example.com'],
    ['https://app.example.com?', 'must be spelled https://app.example.com'],
    ['https://app.example.com/app', 'has more than scheme, host and port: use https://app.example.com'],
    ['https://app.example.com?a=b', 'has more than scheme, host and port'],
    ['https://app.example.com#a', 'has more than scheme, host and port'],
    ['https://App.example.com', 'must be spelled https://app.example.com'],
    ['https://app.example.com:443', 'must be spelled https://app.example.com'],
    ['https://bücher.example', 'must be spelled https://xn--bcher-kva.example'],
    ['http://127.1', 'must be spelled http://127.0.0.1'],
  ])('N-578 %s is refused', (origin, fault) => {
    const message = refusal(`https://other.example,${origin}`)
    expect(message).toContain(`--allowed-origins ${JSON.stringify(origin)} ${fault}`)
    expect(message).not.toContain('\n')
  })

  it.each(['https://a.example,', 'https://a.example,,https://b.example', 'https://a.example,https://a.example'])(
    'N-578 the list %s is refused',
    (list) => {
      expect(refusal(list)).toContain('is not a list of origins, separated by commas')
    },
  )

  it('N-578 a password in one is not repeated', () => {
    expect(refusal('https://ada:secret@app.example')).toBe('--allowed-origins has credentials in it')
  })
})
