import { isIPv6 } from 'node:net'
import { ConfigError } from './config.ts'
import { isLoopback } from './host-name.ts'

/** Addresses that mean every address of the machine: usable for listening, not in a URL. */
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

interface Endpoint {
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
}

/** The issuer if none is configured. @throws ConfigError if clients could not reach it. */
export function defaultIssuer({ host, port, encrypted }: Endpoint): string {
  if (wildcards.has(host)) {
    throw new ConfigError(`host ${host} means every address and cannot be the issuer: name one with --issuer`)
  }
  return urlOf({ host, port, encrypted })
}

/** The canonical URL of host and port. */
export const urlOf = ({ host, port, encrypted }: Endpoint): string =>
  new URL(`${encrypted ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`).origin

/**
 * Validates an issuer: an absolute URL without query and fragment (RFC 8414 §2), in its canonical form because clients
 * compare it character by character; https unless it is a loopback address.
 *
 * @throws ConfigError
 */
export function requireIssuer(issuer: string, allowHttp: boolean): string {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ConfigError('issuer is not an absolute http or https URL')
  }
  if (issuer.includes('?') || issuer.includes('#')) throw new ConfigError('issuer has a query or a fragment')
  if (url.username !== '' || url.password !== '') throw new ConfigError('issuer has credentials in it')
  const canonical = url.origin + url.pathname.replace(/\/+$/, '')
  if (issuer !== canonical) throw new ConfigError(`issuer must be spelled ${canonical}`)
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    throw new ConfigError(`issuer ${issuer} would send tokens unencrypted: use https, or set --allow-http-issuer`)
  }
  return issuer
}
