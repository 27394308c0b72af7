// A PostgreSQL server for a run, and a database of its own for each side.
import { randomBytes } from 'node:crypto'
import { type Cluster, serverPrograms, startCluster } from '@countersign/store/testing'
import { Client } from 'pg'
import { consumptionOf } from '../load/consumption.ts'

/** As an operator has it: what was acknowledged survives a crash of the machine. */
const durable = {
  ...{ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', autovacuum: 'on', jit: 'on' },
  ...{ wal_level: 'replica', shared_buffers: '512MB', max_wal_size: '4GB' },
}

/** `own`: a server that the run starts, with its files in the temporary folder. */
export type WhichServer = 'own' | { readonly url: string }

/** Why this run cannot start a server, or `undefined`. */
export const missingServer = (): string | undefined => {
  const programs = serverPrograms()
  return 'missing' in programs ? programs.missing : undefined
}

export class BenchServer implements AsyncDisposable {
  readonly #cluster: Cluster | undefined
  readonly #admin: Client
  readonly #urlOf: (database: string) => string
  readonly #made: string[] = []

  private constructor(cluster: Cluster | undefined, admin: Client, urlOf: (database: string) => string) {
    this.#cluster = cluster
    this.#admin = admin
    this.#urlOf = urlOf
  }

  static async open(which: WhichServer): Promise<BenchServer> {
    const cluster = which === 'own' ? await startCluster({ settings: durable }) : undefined
    const urlOf = (database: string) => cluster?.url(database) ?? atDatabase(which === 'own' ? '' : which.url, database)
    const admin = new Client({ connectionString: which === 'own' ? urlOf('postgres') : which.url })
    await admin.connect()
    return new BenchServer(cluster, admin, urlOf)
  }

  /** Makes an empty database, which is dropped at the end. Returns its URL. */
  async database(): Promise<BenchDatabase> {
    const name = `countersign_bench_${randomBytes(6).toString('hex')}`
    await this.#admin.query(`create database ${name} encoding 'UTF8' template template0`)
    this.#made.push(name)
    const sessions = new Map<number, number>()
    return { url: this.#urlOf(name), name, cpuSeconds: () => this.#cpuSeconds(name, sessions) }
  }

  /**
   * Of the processes that serve a database; `undefined` where they are not seen, such as on another machine.
   *
   * @param sessions What each process had taken when it was last seen. One that has ended since still counts.
   */
  async #cpuSeconds(name: string, sessions: Map<number, number>): Promise<number | undefined> {
    if (this.#cluster === undefined) return undefined
    const asked = await this.#admin.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [
      name,
    ])
    for (const { pid } of asked.rows) {
      const seen = consumptionOf(pid)
      if (seen) sessions.set(pid, seen.cpuSeconds)
    }
    return [...sessions.values()].reduce((sum, cpuSeconds) => sum + cpuSeconds, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#made) await this.#admin.query(`drop database ${name} with (force)`)
    await this.#admin.end()
    await this.#cluster?.[Symbol.asyncDispose]()
  }
}

export interface BenchDatabase {
  readonly url: string
  readonly name: string
  cpuSeconds(): Promise<number | undefined>
}

const atDatabase = (url: string, database: string): string => {
  const [, before, after] = /^([a-z]+:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(url) ?? []
  if (before === undefined) throw new TypeError('--database-url must be postgres://HOST/DATABASE')
  return `${before}/${database}${after ?? ''}`
}
