import { ConfigError } from './config.ts'
import { isLoopback } from './host-name.ts'

/**
 * Validates origins of pages that may call the server. Browsers send the serialised origin (RFC 6454 §6.2), and it is
 * compared character by character. An unencrypted page could be changed on its way, so only this machine may use http.
 *
 * @throws ConfigError
 */
export function requireOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    const fault = faultOf(origin)
    // Before an @ may be a password.
    const given = origin.includes('@') ? '' : ` ${JSON.stringify(origin.slice(0, 80))}`
    if (fault !== undefined) throw new ConfigError(`--allowed-origins${given} ${fault}`)
  }
  return origins
}

function faultOf(origin: string): string | undefined {
  if (origin === 'null') return 'is the origin of every sandboxed page and cannot be allowed'
  if (origin.includes('*')) return 'has a wildcard: name each origin'
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'is not an origin: it needs a scheme and a host, as https://app.example.com'
  }
  if (url.username !== '' || url.password !== '') return 'has credentials in it'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return `has more than scheme, host and port: use ${url.origin}`
  }
  if (origin !== url.origin) return `must be spelled ${url.origin}`
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'is unencrypted: only pages of this machine may use http'
  return undefined
}
