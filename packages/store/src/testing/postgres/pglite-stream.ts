import { Duplex } from 'node:stream'
import type { PGlite } from '@electric-sql/pglite'

/** What `pg` expects of a socket. It is connected to PostgreSQL in WebAssembly, which has one session. */
export class PgliteStream extends Duplex {
  readonly #database: PGlite

  constructor(database: PGlite) {
    super()
    this.#database = database
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'))
    return this
  }

  override _write(chunk: Uint8Array, _: string, done: (error?: Error) => void): void {
    this.#database.execProtocolRaw(chunk).then((answer) => {
      this.push(answer)
      done()
    }, done)
  }

  override _read(): void {}

  override _final(done: () => void): void {
    this.push(null)
    done()
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
