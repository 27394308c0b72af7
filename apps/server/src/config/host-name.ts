import { isIP } from 'node:net'

/**
 * Whether this is an IP address or a name that may stand in a URL. Underscores are allowed: names of container services
 * have them.
 */
export const isHost = (host: string): boolean =>
  isIP(host) !== 0 || (/^[A-Za-z0-9._-]{1,253}$/.test(host) && URL.canParse(`http://${host}`))

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}

/** An IP address, or a CIDR range of them. */
export function isAddressRange(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
