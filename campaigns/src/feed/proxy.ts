// A TCP proxy between the verifiers and the server. It cuts connections and delays them; in event streams it also sends
// earlier bytes again and changes the order of events. The framing of HTTP stays valid, so that what arrives is read.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Seeded } from '../campaign/seeded.ts'

/** What the proxy does to connections. Each is chosen by the seed for a time. */
export type Mood = 'honest' | 'cutting' | 'delaying' | 'replaying' | 'reordering'

export interface ProxyTally {
  cuts: number
  delays: number
  replays: number
  reorderings: number
}

/** A part of a body in chunked coding (RFC 9112 §7.1), when it arrives alone. */
const wholeChunk = /^[0-9a-f]+\r\n(?:event|id): /i

export class FaultyProxy implements AsyncDisposable {
  mood: Mood = 'honest'
  /** By how much data is late while `delaying`. */
  delayMilliseconds = 0
  readonly tally: ProxyTally = { cuts: 0, delays: 0, replays: 0, reorderings: 0 }
  readonly #server: Server
  readonly #target: number
  readonly #random: Seeded
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, target: number, random: Seeded) {
    this.#server = server
    this.#target = target
    this.#random = random
    server.on('connection', (socket) => this.#pipe(socket))
  }

  /** @param target The port of the server. */
  static async listen(target: number, random: Seeded): Promise<FaultyProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FaultyProxy(server, target, random)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection. */
  cut(): void {
    this.tally.cuts += this.#sockets.size > 0 ? 1 : 0
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pipe(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay(true)
      this.#sockets.add(socket)
      // A cut is what the campaign is about: the other side is told by a cut too.
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    const lane = new Lane(near, this, this.#random)
    far.on('data', (bytes) => lane.receive(bytes.toString('latin1')))
  }
}

/** The way from the server to one verifier's connection. What is late keeps its order. */
class Lane {
  readonly #near: Socket
  readonly #proxy: FaultyProxy
  readonly #random: Seeded
  readonly #sent: string[] = []
  #held: string | undefined
  #releaseAt = 0

  constructor(near: Socket, proxy: FaultyProxy, random: Seeded) {
    this.#near = near
    this.#proxy = proxy
    this.#random = random
  }

  receive(bytes: string): void {
    const { mood, tally } = this.#proxy
    if (mood === 'cutting' && this.#random.below(6) === 0) {
      tally.cuts++
      this.#near.destroy()
      return
    }
    if (!wholeChunk.test(bytes)) {
      this.#send(this.#unheld(bytes))
      return
    }
    if (mood === 'replaying' && this.#sent.length > 0 && this.#random.below(2) === 0) {
      tally.replays++
      this.#send(this.#random.pick(this.#sent) ?? '')
    }
    if (mood === 'reordering' && this.#held === undefined && bytes.includes('event: revocation')) {
      // It is sent after what comes next.
      this.#held = bytes
      return
    }
    this.#remember(bytes)
    this.#send(this.#unheld(bytes))
  }

  /** What was held back comes after these bytes, or is lost with the connection. */
  #unheld(bytes: string): string {
    const held = this.#held
    if (held === undefined) return bytes
    this.#held = undefined
    this.#proxy.tally.reorderings++
    if (this.#random.below(2) === 0) return bytes + held
    this.#proxy.tally.cuts++
    setTimeout(() => this.#near.destroy(), 20)
    return bytes
  }

  #remember(bytes: string): void {
    this.#sent.push(bytes)
    if (this.#sent.length > 20) this.#sent.shift()
  }

  #send(bytes: string): void {
    const { mood, delayMilliseconds, tally } = this.#proxy
    const now = performance.now()
    if (mood === 'delaying') {
      tally.delays++
      this.#releaseAt = Math.max(this.#releaseAt, now + delayMilliseconds)
    }
    const write = () => {
      if (!this.#near.destroyed) this.#near.write(bytes, 'latin1')
    }
    if (this.#releaseAt > now) setTimeout(write, this.#releaseAt - now)
    else write()
  }
}
