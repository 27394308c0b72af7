import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between the servers and a database, and cuts or stalls their connections. */
export class DatabaseProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  /** The path of the database's socket. Without one, connections are refused. */
  socket: string | undefined
  /** Of each connection the end at a server, and the one at the database. */
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isStalled = false

  private constructor(server: Server, socket: string | undefined) {
    this.#server = server
    this.socket = socket
    this.port = (server.address() as AddressInfo).port
  }

  static async start(socket: string | undefined): Promise<DatabaseProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new DatabaseProxy(server, socket)
    server.on('connection', (near) => {
      if (proxy.socket === undefined) near.resetAndDestroy()
      else proxy.#join(near, connect(proxy.socket))
    })
    return proxy
  }

  /** Ends every connection at once. What was under way is lost. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy()
      far.destroy()
    }
  }

  /** Passes nothing on, in either direction. What was sent meanwhile is lost with the cut that ends it. */
  stall(): void {
    this.#isStalled = true
    for (const pair of this.#pairs) for (const end of pair) end.pause()
  }

  /** Ends a stall: old connections are cut, new ones are passed on. */
  resume(): void {
    this.#isStalled = false
    this.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.setNoDelay(true)
      from.on('data', (bytes) => to.write(bytes))
      // `close` follows.
      from.on('error', () => {})
      from.on('close', () => {
        this.#pairs.delete(pair)
        to.destroy()
      })
      if (this.#isStalled) from.pause()
    }
  }
}
