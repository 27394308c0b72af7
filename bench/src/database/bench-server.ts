// A PostgreSQL server for a run, and a database of its own for each side.
import { type GivenDatabase, GivenServer, serverPrograms, startCluster } from '@countersign/store/testing'
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
  readonly #isOwn: boolean
  readonly #server: GivenServer
  readonly #cleanup: AsyncDisposableStack

  private constructor(isOwn: boolean, server: GivenServer, cleanup: AsyncDisposableStack) {
    this.#isOwn = isOwn
    this.#server = server
    this.#cleanup = cleanup
  }

  /** @throws StoreOpenError that says why the server cannot be used. */
  static async open(which: WhichServer): Promise<BenchServer> {
    await using stack = new AsyncDisposableStack()
    const isOwn = which === 'own'
    const url = isOwn ? stack.use(await startCluster({ settings: durable })).url('postgres') : which.url
    const server = stack.use(await GivenServer.open(url))
    return new BenchServer(isOwn, server, stack.move())
  }

  /** Makes an empty database, which is dropped at the end. */
  async database(): Promise<BenchDatabase> {
    const made = await this.#server.database('countersign_bench')
    const sessions = new Map<number, number>()
    return { ...made, cpuSeconds: () => this.#cpuSeconds(made.name, sessions) }
  }

  /**
   * Of the processes that serve a database; `undefined` where they are not seen, such as on another machine.
   *
   * @param sessions What each process had taken when it was last seen. One that has ended since still counts.
   */
  async #cpuSeconds(name: string, sessions: Map<number, number>): Promise<number | undefined> {
    if (!this.#isOwn) return undefined
    for (const row of await this.#server.rows(`select pid from pg_stat_activity where datname = '${name}'`)) {
      const pid = Number(row.pid)
      const seen = consumptionOf(pid)
      if (seen) sessions.set(pid, seen.cpuSeconds)
    }
    return [...sessions.values()].reduce((sum, cpuSeconds) => sum + cpuSeconds, 0)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync()
  }
}

export interface BenchDatabase extends GivenDatabase {
  cpuSeconds(): Promise<number | undefined>
}
