import { isIP } from 'node:net'

/** Whether this is an address, or a name that can stand in a URL. Names of services in containers have underscores. */
export const isHost = (host: string): boolean =>
  isIP(host) !== 0 || (/^[A-Za-z0-9._-]{1,253}$/.test(host) && URL.canParse(`http://${host}`))
