import type { Duplex } from 'node:stream'
import { type ClientConfig, Pool, type PoolClient, type PoolConfig, types } from 'pg'
import type { Column } from '../statement.ts'
import { type Address, type Host, labelOf, oneOf, wholeNumber } from './address.ts'
import { encryptionOf } from './encryption.ts'
import { PostgresFault, postgresFault } from './fault.ts'
import type { Query, Result, Session, Sessions } from './session.ts'
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
  const take = async (): Promise<Session> => {
    let fault: PostgresFault | undefined
    for (const pool of new Set([inUse, ...pools])) {
      if (pool === undefined) continue
      try {
        const client = await pool.connect()
        inUse = pool
        return sessionOn(client)
      } catch (error) {
        fault ??= postgresFault(error)
        // With every connection of a pool lent, the host is not at fault.
        if (pool.totalCount >= pool.options.max && pool.idleCount === 0) break
      }
    }
    throw fault ?? new PostgresFault(undefined, 'there is no host', true)
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
    types: { getTypeParser: parserOf },
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

const sessionOn = (client: PoolClient): Session => ({
  query: (query) => ask(client, query),
  release: (isBroken) => client.release(isBroken),
})

/** Not in the types. */
type Connected = { readonly connection: { readonly stream: Duplex } }

const held = new WeakSet<Duplex>()

/** What is sent on a connection in one go is one system call. */
const sendTogether = (client: PoolClient): void => {
  const { stream } = (client as unknown as Connected).connection
  if (held.has(stream)) return
  held.add(stream)
  stream.cork()
  process.nextTick(() => {
    held.delete(stream)
    stream.uncork()
  })
}

const ask = async (client: PoolClient, { text, values, name }: Query): Promise<Result> => {
  try {
    sendTogether(client)
    const asked =
      values === undefined ? { text } : { text, values: [...values], ...(name === undefined ? {} : { name }) }
    const result = await client.query<Column[]>({ ...asked, rowMode: 'array' })
    // Several commands in one text have a result each.
    const last = Array.isArray(result) ? (result.at(-1) as typeof result) : result
    return {
      rows: last.rows,
      columns: last.fields.map((field) => field.name),
      count: last.rowCount ?? 0,
      command: last.command,
    }
  } catch (error) {
    throw postgresFault(error)
  }
}

const bigint = 20
const bytea = 17

/** Numbers are whole and below 2⁵³. */
const parserOf = ((oid: number, format: 'text' | 'binary') => {
  if (oid === bigint) return Number
  return oid === bytea || oid === 21 || oid === 23
    ? types.getTypeParser(oid, format as 'text')
    : (value: string) => value
}) as typeof types.getTypeParser
