import { type ClientConfig, Pool, type PoolClient, type PoolConfig, type types } from 'pg'
import { type Address, type Host, labelOf, oneOf, wholeNumber } from './address.ts'
import { encryptionOf } from './encryption.ts'
import { isEnded, NoConnection, PostgresFault, postgresFault } from './fault.ts'
import type { Session, Sessions } from './session.ts'
import { type Descriptions, parserOf } from './together/prepared.ts'
import { ServerSession } from './together/server-session.ts'
import type { Timeouts } from './units.ts'

const milliseconds = 1000
/** A database that does not even say that it took too long. */
const silence = 2000

/**
 * Connections to a server: a pool for each host, of which one is in use. When no connection to it can be had, or it only reads, the
 * hosts are tried in their order, and the first one that answers and writes is in use from then on.
 *
 * @param stream What connections are made on. Default is a socket.
 * @throws StoreOpenError `address_invalid`.
 */
export const serverSessions = (address: Address, timeouts: Timeouts, stream?: ClientConfig['stream']): Sessions => {
  const pools = address.hosts.map((host) => poolOf(address, host, timeouts, stream))
  let [inUse] = pools
  const descriptions: Descriptions = new Map()
  const take = async (): Promise<Session> => {
    let fault: PostgresFault | undefined
    for (const pool of new Set([inUse, ...pools])) {
      if (pool === undefined) continue
      try {
        const client = await pool.connect()
        inUse = pool
        return new ServerSession(client, descriptions)
      } catch (error) {
        fault ??= postgresFault(error)
        // With every connection of a pool lent, the host is not at fault.
        if (pool.totalCount >= pool.options.max && pool.idleCount === 0) break
      }
    }
    if (fault && isEnded(fault)) throw fault
    throw new NoConnection(fault ?? new PostgresFault(undefined, 'there is no host', true))
  }
  return {
    take,
    label: labelOf(address),
    close: async () => void (await Promise.all(pools.map((pool) => pool.end()))),
  }
}

const poolOf = (address: Address, host: Host, timeouts: Timeouts, stream: ClientConfig['stream']): Pool => {
  const mustWrite = oneOf(address, 'target_session_attrs', ['read-write', 'any']) !== 'any'
  const options: PoolConfig & Pick<ClientConfig, 'pipeline'> = {
    host: host.name,
    port: host.port,
    ssl: encryptionOf(address, host),
    application_name: address.parameters.get('application_name') ?? 'countersign',
    ...(address.user === undefined ? {} : { user: address.user }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.database === undefined ? {} : { database: address.database }),
    max: wholeNumber(address, 'pool_size', 10, 1),
    connectionTimeoutMillis: wholeNumber(address, 'connect_timeout', 5, 1) * milliseconds,
    idleTimeoutMillis: 30 * milliseconds,
    // So that connections move to hosts, and to addresses of a name, that came later.
    maxLifetimeSeconds: 1800,
    keepAlive: true,
    pipeline: true,
    // A connection that stalls is cut. The database ends a statement of a unit before.
    ...(timeouts.statement === 0 ? {} : { query_timeout: timeouts.statement + silence }),
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
    ...(stream === undefined ? {} : { stream }),
  }
  const pool = new Pool({
    ...options,
    // Not in the types. A connection that is refused here is closed, and the caller is given the error.
    ...({ verify: mustWrite ? requireWritable : accept } as object),
  })
  // An idle connection was lost. The pool has removed it, and the next caller is given another one.
  pool.on('error', () => {})
  // The same while it is lent: the query that waits for an answer is rejected.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

type Verified = (error?: Error) => void

const accept = (_: PoolClient, verified: Verified): void => verified()

const requireWritable = (client: PoolClient, verified: Verified): void => {
  client.query<{ readonly refuses: string }>(`select current_setting('transaction_read_only') as refuses`).then(
    ({ rows }) =>
      verified(rows[0]?.refuses === 'on' ? new PostgresFault('25006', 'the server only reads', true) : undefined),
    (error: Error) => verified(error),
  )
}
