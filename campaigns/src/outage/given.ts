import type { GivenServer } from '@countersign/store/testing'
import type { DatabaseReader } from '../campaign/database.ts'
import { makeGiven } from '../campaign/postgres-database.ts'
import type { Disturbance, OutageDatabase } from './outage-database.ts'
import { DatabaseProxy, type DatabaseSocket, disturb } from './proxy.ts'

/**
 * A database on a server that somebody else runs. The servers' connections lead through proxies, which are put between below the driver:
 * so the servers check the certificate and the name of the database's server, as without proxies.
 */
export class GivenDatabase implements OutageDatabase {
  readonly env: Readonly<Record<string, string>>
  readonly nodeOptions = ['--import', new URL('./through-proxies.ts', import.meta.url).href]
  readonly disturbances = ['kill a server', 'cut', 'stall'] as const
  readonly #connect: () => DatabaseReader
  readonly #proxies: readonly DatabaseProxy[]

  private constructor(
    { env, connect }: Awaited<ReturnType<typeof makeGiven>>,
    proxies: ReadonlyMap<string, DatabaseProxy>,
  ) {
    this.#connect = connect
    this.#proxies = [...proxies.values()]
    const ports = Object.fromEntries([...proxies].map(([socket, { port }]) => [socket, port]))
    this.env = { ...env, CAMPAIGN_PROXIES: JSON.stringify(ports) }
  }

  static async make(given: GivenServer): Promise<GivenDatabase> {
    const proxies = new Map<string, DatabaseProxy>()
    for (const { name: host, port } of given.hosts) {
      const path = `${host}/.s.PGSQL.${port}`
      const [key, socket]: [string, DatabaseSocket] = host.startsWith('/')
        ? [path, { path }]
        : [`${host}:${port}`, { host, port }]
      proxies.set(key, await DatabaseProxy.start(socket))
    }
    return new GivenDatabase(await makeGiven(given), proxies)
  }

  connect(): DatabaseReader {
    return this.#connect()
  }

  async inflict(what: Disturbance, pause: (mostMilliseconds: number) => Promise<void>): Promise<void> {
    if (what !== 'cut' && what !== 'stall') return
    if (this.#proxies.every(({ connections }) => connections === 0)) {
      throw new Error('no connection of the servers leads through the proxies')
    }
    await disturb(this.#proxies, what, pause)
  }

  async recovered(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]()
  }
}
