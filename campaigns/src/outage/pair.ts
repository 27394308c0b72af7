import { type Cluster, replicated, startCluster, startStandby } from '@countersign/store/testing'
import type { DatabaseReader } from '../campaign/database.ts'
import { connectPostgres } from '../campaign/postgres-database.ts'
import { type Disturbance, disturbances, type OutageDatabase } from './outage-database.ts'
import { DatabaseProxy, disturb } from './proxy.ts'

const database = 'countersign'
const longestDownMilliseconds = 500
const socketOf = ({ socket, port }: Cluster): string => `${socket}/.s.PGSQL.${port}`

/** A PostgreSQL server and its synchronous standby, each behind a proxy: a host of the servers' URL. */
export class DatabasePair implements OutageDatabase {
  readonly disturbances = disturbances
  readonly nodeOptions: readonly string[] = []
  /** The one that writes. */
  #primary: Cluster
  #standby: Cluster
  readonly #settings: Readonly<Record<string, string>>
  /** In the order of the URL. */
  readonly #proxies: readonly [DatabaseProxy, DatabaseProxy]

  private constructor(
    { primary, standby }: { primary: Cluster; standby: Cluster },
    settings: Readonly<Record<string, string>>,
    proxies: readonly [DatabaseProxy, DatabaseProxy],
  ) {
    this.#primary = primary
    this.#standby = standby
    this.#settings = settings
    this.#proxies = proxies
  }

  static async start(settings: Readonly<Record<string, string>>): Promise<DatabasePair> {
    const primary = await startCluster({ settings: { ...replicated, ...settings } })
    primary.run(`create database ${database}`)
    const standby = await startStandby(primary, settings)
    const proxies = [
      await DatabaseProxy.start({ path: socketOf(primary) }),
      await DatabaseProxy.start({ path: socketOf(standby) }),
    ] as const
    return new DatabasePair({ primary, standby }, settings, proxies)
  }

  /** The URL has both hosts, and never changes. */
  get env(): Readonly<Record<string, string>> {
    const [one, other] = this.#proxies
    const hosts = `host=127.0.0.1,127.0.0.1&port=${one.port},${other.port}`
    const url = `postgres://postgres@/${database}?${hosts}&target_session_attrs=read-write&connect_timeout=2`
    return { COUNTERSIGN_DATABASE_URL: url }
  }

  /** To the one that writes. */
  connect(): DatabaseReader {
    return connectPostgres(this.#primary.url(database))
  }

  run(...commands: readonly string[]): string {
    return this.#primary.runIn(database, ...commands)
  }

  async inflict(what: Disturbance, pause: (mostMilliseconds: number) => Promise<void>): Promise<void> {
    switch (what) {
      case 'crash the database':
      case 'restart the database':
        await this.#primary.stop(what === 'crash the database' ? 'immediate' : 'fast')
        await pause(longestDownMilliseconds)
        return this.#primary.start()
      // The primary stays dead.
      case 'promote the standby':
        await this.#primary.stop('immediate')
        return this.#standby.promote()
      case 'cut':
      case 'stall':
        return disturb(this.#proxies, what, pause)
    }
  }

  /** After a promotion a new standby is made at the place of the primary that is dead. */
  async recovered(what: Disturbance): Promise<void> {
    if (what !== 'promote the standby') return
    const [dead, promoted] = [this.#primary, this.#standby]
    const path = socketOf(dead)
    const proxy = this.#proxies.find(({ socket }) => 'path' in socket && socket.path === path)
    await dead[Symbol.asyncDispose]()
    this.#primary = promoted
    this.#standby = await startStandby(promoted, this.#settings)
    if (proxy !== undefined) proxy.socket = { path: socketOf(this.#standby) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]()
    await this.#standby[Symbol.asyncDispose]()
    await this.#primary[Symbol.asyncDispose]()
  }
}
