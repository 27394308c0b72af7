import { isIP } from 'node:net'

/**
 * Whether this is an IP address or a name that may stand in a URL. Underscores are allowed: names of container services
 * have them.
 */
export const isHost = (host: string): boolean =>
  isIP(host) !== 0 || (/^[A-Za-z0-9._-]{1,253}$/.test(host) && URL.canParse(`http://${host}`))
