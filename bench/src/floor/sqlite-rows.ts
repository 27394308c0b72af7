import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { FloorRow, Rows } from './rows.ts'

interface Waiting {
  readonly write: () => boolean
  readonly resolve: (changed: boolean) => void
}

/**
 * The floor's table, as durable as the server's: WAL, `synchronous=FULL`, one commit for all writes of one turn of the event
 * loop. Without group commit the floor would wait for the disk once per request, and would be slower than the server.
 */
export class SqliteRows implements Rows {
  readonly #db: DatabaseSync
  readonly #statements: Readonly<Record<'find' | 'insert' | 'advance' | 'begin' | 'commit', StatementSync>>
  #queue: Waiting[] = []

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(`pragma journal_mode = wal; pragma synchronous = full;
      create table if not exists rows (id text primary key, subject text not null, client text not null, scope text not null,
        expires_at integer not null, revoked_at integer, generation integer not null) without rowid`)
    const insert = 'insert into rows (id, subject, client, scope, expires_at, generation) values (?, ?, ?, ?, ?, 0)'
    this.#statements = {
      find: this.#db.prepare('select subject, client, scope, expires_at, revoked_at from rows where id = ?'),
      insert: this.#db.prepare(insert),
      advance: this.#db.prepare(
        'update rows set generation = generation + 1 where id = ? and generation = ? and revoked_at is null and expires_at > ?',
      ),
      begin: this.#db.prepare('begin immediate'),
      commit: this.#db.prepare('commit'),
    }
  }

  find(id: string): FloorRow | undefined {
    return this.#statements.find.get(id) as FloorRow | undefined
  }

  insert(id: string, expiresAt: number): Promise<boolean> {
    return this.#write(() => {
      this.#statements.insert.run(id, 'subject-of-the-floor', 'client-of-the-floor', 'api', expiresAt)
      return true
    })
  }

  advance(id: string, generation: number, now: number): Promise<boolean> {
    return this.#write(() => this.#statements.advance.run(id, generation, now).changes === 1)
  }

  close(): void {
    this.#db.close()
  }

  #write(write: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.#queue.push({ write, resolve })
      if (this.#queue.length === 1) setImmediate(() => this.#commitTogether())
    })
  }

  #commitTogether(): void {
    const batch = this.#queue
    this.#queue = []
    this.#statements.begin.run()
    const results = batch.map(({ write }) => write())
    this.#statements.commit.run()
    for (const [i, { resolve }] of batch.entries()) resolve(results[i] === true)
  }
}
