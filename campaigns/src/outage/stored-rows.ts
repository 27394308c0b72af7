import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '@countersign/store/testing'
import { type Stored, type StoredAuthorization, tornAuthorizations } from '../crash/stored-state.ts'

/** What a PostgreSQL database holds at one moment, when nobody writes. */
export class StoredRows implements Stored {
  readonly #rows: ReadonlyMap<string, StoredAuthorization>
  readonly #torn: readonly string[]

  private constructor(rows: ReadonlyMap<string, StoredAuthorization>, torn: readonly string[]) {
    this.#rows = rows
    this.#torn = torn
  }

  /** Waits for the sessions of servers that were killed: the database notices their end a little later. */
  static async read(cluster: Cluster, database: string): Promise<StoredRows> {
    while (cluster.runIn(database, busySessions) !== '0') await pause(20)
    const rows = cluster.runIn(database, 'select id, generation, revoked_at is not null from authorizations')
    const found = linesOf(rows).map((line) => {
      const [id = '', generation, revoked] = line.split('|')
      return [id, { generation: Number(generation), revoked: revoked === 't' }] as const
    })
    return new StoredRows(new Map(found), linesOf(cluster.runIn(database, tornAuthorizations)))
  }

  find(authorizationId: string): StoredAuthorization | undefined {
    return this.#rows.get(authorizationId)
  }

  /** The database checks its own rows when it starts. */
  faults(): readonly string[] {
    return []
  }

  torn(): readonly string[] {
    return this.#torn
  }
}

const busySessions = `select count(*) from pg_stat_activity where datname = current_database()
  and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')
