import { StoreOpenError } from '../store-open-error.ts'

/** Where a database is and who asks: a connection URI as libpq has it, taken apart. */
export interface Address {
  /** Tried in this order. A name that begins with a slash is the folder of a socket. */
  readonly hosts: readonly Host[]
  readonly user: string | undefined
  /** `undefined`: `PGPASSWORD` or the password file, if the server asks for one. */
  readonly password: string | undefined
  readonly database: string | undefined
  readonly parameters: ReadonlyMap<Parameter, string>
}

export interface Host {
  readonly name: string
  readonly port: number
}

/** Those of libpq, and below them three of our own. */
const parameters = [
  ...(['host', 'port', 'user', 'password', 'dbname'] as const),
  ...(['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const),
  ...(['application_name', 'connect_timeout', 'target_session_attrs'] as const),
  ...(['statement_timeout', 'lock_timeout', 'pool_size', 'prepared_statements'] as const),
] as const
export type Parameter = (typeof parameters)[number]

const form = 'postgres://USER@HOST:PORT/DATABASE, with ?NAME=VALUE for parameters'
const invalid = (what: string): StoreOpenError => new StoreOpenError('address_invalid', `the database URL ${what}`)

/**
 * `URL` of the platform would refuse several hosts with ports. No message has a part of the URL but the names of its parameters,
 * since the rest may be the password.
 *
 * @throws StoreOpenError `address_invalid`.
 */
export const parseAddress = (url: string): Address => {
  const [, authority, path, query] =
    /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url.trim()) ?? []
  if (authority === undefined) throw invalid(`has to be ${form}`)
  const at = authority.lastIndexOf('@')
  const [user, password] = at < 0 ? [] : splitAt(authority.slice(0, at), ':')
  const given = parametersOf(query ?? '')
  const hosts = hostsOf(given.get('host') ?? authority.slice(at + 1), given)
  return {
    hosts,
    user: given.get('user') ?? decoded(user),
    password: given.get('password') ?? decoded(password),
    database: given.get('dbname') ?? decoded(path),
    parameters: given,
  }
}

const splitAt = (text: string, separator: string): readonly [string, string?] => {
  const place = text.indexOf(separator)
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)]
}

const decoded = (text: string | undefined): string | undefined => {
  if (text === undefined || text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('has a % that is not followed by two hexadecimal digits')
  }
}

const parametersOf = (query: string): ReadonlyMap<Parameter, string> => {
  const found = new Map<Parameter, string>()
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const [name, value] = splitAt(pair, '=')
    const known = parameters.find((one) => one === decoded(name))
    if (known === undefined) throw invalid(`has a parameter that is not known; known are ${parameters.join(', ')}`)
    found.set(known, decoded(value) ?? '')
  }
  return found
}

const hostsOf = (list: string, given: ReadonlyMap<Parameter, string>): readonly Host[] => {
  const ports = (given.get('port') ?? '').split(',')
  return list.split(',').map((one, place) => {
    const [, six, name = one, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(one) ?? []
    return {
      name: six ?? decoded(name) ?? 'localhost',
      port: portOf(port ?? ports[place] ?? ports[0] ?? ''),
    }
  })
}

const portOf = (text: string): number => {
  const port = text === '' ? 5432 : Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('has a port that is none')
  return port
}

/** @throws StoreOpenError `address_invalid`. */
export const wholeNumber = ({ parameters: given }: Address, name: Parameter, unless: number, least = 0): number => {
  const text = given.get(name)
  if (text === undefined) return unless
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw invalid(`has a ${name} that is no number from ${least} on`)
  return Number(text)
}

/** @throws StoreOpenError `address_invalid`. */
export const oneOf = <T extends string>(
  { parameters: given }: Address,
  name: Parameter,
  allowed: readonly T[],
): T | undefined => {
  const text = given.get(name)
  const found = allowed.find((one) => one === text)
  if (text !== undefined && found === undefined) throw invalid(`has a ${name} that is none of ${allowed.join(', ')}`)
  return found
}

/** For messages: no user, no password. */
export const labelOf = ({ hosts, database }: Address): string =>
  `${database ?? 'the database'} at ${hosts.map(({ name, port }) => `${name}:${port}`).join(', ')}`
