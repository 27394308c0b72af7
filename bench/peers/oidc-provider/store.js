// A store of oidc-provider in SQLite, as durable as the server's: WAL, `synchronous=FULL`, and one commit for all writes of one
// turn of the event loop. The package itself has only a store in memory.
import { DatabaseSync } from 'node:sqlite'

const now = () => Math.floor(Date.now() / 1000)

export class Store {
  #db
  #statements
  #queue = []

  constructor(path) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(`pragma journal_mode = wal; pragma synchronous = full;
      create table if not exists models (model text not null, id text not null, payload text not null, expires_at integer,
        consumed_at integer, grant_id text, primary key (model, id)) without rowid;
      create index if not exists models_by_grant on models (grant_id) where grant_id is not null`)
    this.#statements = {
      find: this.#db.prepare('select payload, expires_at, consumed_at from models where model = ? and id = ?'),
      upsert: this.#db.prepare(
        'insert or replace into models (model, id, payload, expires_at, grant_id) values (?, ?, ?, ?, ?)',
      ),
      consume: this.#db.prepare('update models set consumed_at = ? where model = ? and id = ?'),
      destroy: this.#db.prepare('delete from models where model = ? and id = ?'),
      revoke: this.#db.prepare('delete from models where grant_id = ?'),
    }
  }

  /** The class that the package makes an adapter of each model of. */
  adapter() {
    const store = this
    return class {
      constructor(model) {
        this.model = model
      }

      async find(id) {
        const row = store.#statements.find.get(this.model, id)
        if (!row || (row.expires_at !== null && row.expires_at <= now())) return undefined
        const payload = JSON.parse(row.payload)
        return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at }
      }

      upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn === undefined ? null : now() + expiresIn
        const values = [this.model, id, JSON.stringify(payload), expiresAt, payload.grantId ?? null]
        return store.#write(() => store.#statements.upsert.run(...values))
      }

      consume(id) {
        return store.#write(() => store.#statements.consume.run(now(), this.model, id))
      }

      destroy(id) {
        return store.#write(() => store.#statements.destroy.run(this.model, id))
      }

      revokeByGrantId(grantId) {
        return store.#write(() => store.#statements.revoke.run(grantId))
      }
    }
  }

  #write(write) {
    return new Promise((resolve) => {
      this.#queue.push({ write, resolve })
      if (this.#queue.length === 1) setImmediate(() => this.#commitTogether())
    })
  }

  #commitTogether() {
    const batch = this.#queue
    this.#queue = []
    this.#db.exec('begin immediate')
    for (const { write } of batch) write()
    this.#db.exec('commit')
    for (const { resolve } of batch) resolve()
  }
}
