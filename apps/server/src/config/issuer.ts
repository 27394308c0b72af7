import { isIP, isIPv6 } from 'node:net'
import { ConfigError } from './config.ts'

/** Addresses that stand for every address of the machine: to listen on, never to call. */
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

interface Place {
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
}

/** The issuer where none was named. @throws ConfigError where clients could not call it. */
export function defaultIssuer({ host, port, encrypted }: Place): string {
  if (wildcards.has(host)) {
    throw new ConfigError(`host ${host} is every address and so no address of an issuer: name one with --issuer`)
  }
  return urlOf({ host, port, encrypted })
}

/** A place as a URL, in its one spelling. */
export const urlOf = ({ host, port, encrypted }: Place): string =>
  new URL(`${encrypted ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`).origin

/**
 * Checks an issuer: an absolute URL without query and fragment (RFC 8414 §2), spelled the one way in which everybody
 * writes it, since it is compared letter by letter; encrypted unless it is this machine.
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
    throw new ConfigError(`issuer ${issuer} would send tokens in the open: use https, or say --allow-http-issuer`)
  }
  return issuer
}

function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}
