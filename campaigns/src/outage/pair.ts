import { type Cluster, replicated, startCluster, startStandby } from '@countersign/store/testing'
import { DatabaseProxy } from './proxy.ts'

const database = 'countersign'
const socketOf = ({ socket, port }: Cluster): string => `${socket}/.s.PGSQL.${port}`

/** A PostgreSQL server and its synchronous standby, each behind a proxy: a host of the servers' URL. */
export class DatabasePair implements AsyncDisposable {
  /** The one that writes. */
  primary: Cluster
  #standby: Cluster
  readonly #settings: Readonly<Record<string, string>>
  /** In the order of the URL. */
  readonly #proxies: readonly [DatabaseProxy, DatabaseProxy]

  private constructor(
    { primary, standby }: { primary: Cluster; standby: Cluster },
    settings: Readonly<Record<string, string>>,
    proxies: readonly [DatabaseProxy, DatabaseProxy],
  ) {
    this.primary = primary
    this.#standby = standby
    this.#settings = settings
    this.#proxies = proxies
  }

  static async start(settings: Readonly<Record<string, string>>): Promise<DatabasePair> {
    const primary = await startCluster({ settings: { ...replicated, ...settings } })
    primary.run(`create database ${database}`)
    const standby = await startStandby(primary, settings)
    const proxies = [
      await DatabaseProxy.start(socketOf(primary)),
      await DatabaseProxy.start(socketOf(standby)),
    ] as const
    return new DatabasePair({ primary, standby }, settings, proxies)
  }

  /** The URL of the servers: it has both hosts, and never changes. */
  get url(): string {
    const [one, other] = this.#proxies
    const hosts = `host=127.0.0.1,127.0.0.1&port=${one.port},${other.port}`
    return `postgres://postgres@/${database}?${hosts}&target_session_attrs=read-write&connect_timeout=2`
  }

  /** The URL of the one that writes, around the proxies. */
  get direct(): string {
    return this.primary.url(database)
  }

  run(...commands: readonly string[]): string {
    return this.primary.runIn(database, ...commands)
  }

  cut(): void {
    for (const proxy of this.#proxies) proxy.cut()
  }

  stall(): void {
    for (const proxy of this.#proxies) proxy.stall()
  }

  resume(): void {
    for (const proxy of this.#proxies) proxy.resume()
  }

  /** The primary is killed and stays dead. The standby is promoted. */
  async promote(): Promise<void> {
    await this.primary.stop('immediate')
    this.#standby.promote()
  }

  /** Makes a new standby at the place of the primary that is dead. */
  async replace(): Promise<void> {
    const [dead, promoted] = [this.primary, this.#standby]
    const proxy = this.#proxies.find(({ socket }) => socket === socketOf(dead))
    await dead[Symbol.asyncDispose]()
    this.primary = promoted
    this.#standby = await startStandby(promoted, this.#settings)
    if (proxy !== undefined) proxy.socket = socketOf(this.#standby)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]()
    await this.#standby[Symbol.asyncDispose]()
    await this.primary[Symbol.asyncDispose]()
  }
}
