import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { StoreOpenError } from '../store-open-error.ts'
import { type Address, type Host, oneOf } from './address.ts'

/** `prefer` and `allow` of libpq are missing: whoever is in between decides about them. */
const modes = ['disable', 'require', 'verify-ca', 'verify-full'] as const

const isSocket = ({ name }: Host): boolean => name.startsWith('/')
const isLoopback = ({ name }: Host): boolean =>
  name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)

/**
 * How a connection to a host is encrypted; `false` is not at all. Where the URL says nothing, the server proves its name by a
 * certificate (`verify-full`), but for this machine's own sockets and addresses.
 *
 * @throws StoreOpenError `address_invalid`.
 */
export const encryptionOf = (address: Address, host: Host): ConnectionOptions | false => {
  const mode = oneOf(address, 'sslmode', modes) ?? (isSocket(host) || isLoopback(host) ? 'disable' : 'verify-full')
  if (mode === 'disable' || isSocket(host)) return false
  const root = address.parameters.get('sslrootcert')
  return {
    ...(root === undefined || root === 'system' ? {} : { ca: read(root, 'sslrootcert') }),
    ...fileOf(address, 'sslcert', 'cert'),
    ...fileOf(address, 'sslkey', 'key'),
    rejectUnauthorized: mode !== 'require',
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    // An address has no place in this extension (RFC 6066 §3).
    ...(isIP(host.name) === 0 ? { servername: host.name } : {}),
  }
}

const fileOf = (
  { parameters }: Address,
  parameter: 'sslcert' | 'sslkey',
  option: 'cert' | 'key',
): Pick<ConnectionOptions, 'cert' | 'key'> => {
  const path = parameters.get(parameter)
  return path === undefined ? {} : { [option]: read(path, parameter) }
}

const read = (path: string, parameter: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StoreOpenError(
      'address_invalid',
      `the file that ${parameter} of the database URL names cannot be read`,
      error,
    )
  }
}
