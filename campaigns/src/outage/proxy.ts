import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const longestStallMilliseconds = 2000

/** The path of a database's socket, or its host and port. */
export type DatabaseSocket = { readonly path: string } | { readonly host: string; readonly port: number }

/** Stands between the servers and a database, and cuts or stalls their connections. */
export class DatabaseProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  /** Where the database is. */
  socket: DatabaseSocket
  /** Of each connection the end at a server, and the one at the database. */
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isStalled = false

  private constructor(server: Server, socket: DatabaseSocket) {
    this.#server = server
    this.socket = socket
    this.port = (server.address() as AddressInfo).port
  }

  static async start(socket: DatabaseSocket): Promise<DatabaseProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new DatabaseProxy(server, socket)
    server.on('connection', (near) => {
      proxy.#join(near, connect(proxy.socket))
    })
    return proxy
  }

  /** How many connections it passes on. */
  get connections(): number {
    return this.#pairs.size
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

/** Cuts the connections to a database, or lets them stall for a while. */
export async function disturb(
  proxies: readonly DatabaseProxy[],
  what: 'cut' | 'stall',
  wait: (mostMilliseconds: number) => Promise<void>,
): Promise<void> {
  if (what === 'cut') {
    for (const proxy of proxies) proxy.cut()
    return
  }
  for (const proxy of proxies) proxy.stall()
  await wait(longestStallMilliseconds)
  for (const proxy of proxies) proxy.resume()
}
