// A keep-alive connection that sends one request after the other. It reads only responses with a length, so that one process can
// drive a server to its limit.
import { connect, type Socket } from 'node:net'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface Answer {
  readonly status: number
  /** The status line and the header fields, as they were received. */
  readonly head: string
  readonly body: string
}

/** The connection ended before the complete response. Whether the request was carried out is unknown. */
export class ConnectionLost extends Error {
  constructor() {
    super('the connection ended before the answer')
    this.name = 'ConnectionLost'
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export class Connection {
  readonly #socket: Socket
  #waiting: Waiting | undefined
  #received = ''
  #lost = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    // Content-Length counts bytes, and in latin1 a character is a byte.
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#receive(chunk))
    // `close` always follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#lost = true
      this.#waiting?.reject(new ConnectionLost())
    })
  }

  /** @throws Error of the system, e.g. `ECONNREFUSED`. */
  static open({ host, port }: Endpoint): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new Connection(socket))
      })
    })
  }

  get lost(): boolean {
    return this.#lost
  }

  /** Sends a request and resolves with the complete response. One request at a time. @throws ConnectionLost */
  exchange(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(new ConnectionLost())
      this.#waiting = { resolve, reject }
      this.send(request)
    })
  }

  /** Sends bytes without waiting for an answer. */
  send(bytes: string): void {
    this.#socket.write(bytes, 'utf8')
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: string): void {
    this.#received = this.#received === '' ? chunk : this.#received + chunk
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const status = Number(this.#received.slice(9, 12))
    const head = this.#received.slice(0, headEnd)
    const length = bodyLength(head, status)
    if (length === undefined) {
      this.#socket.destroy()
      return
    }
    const end = headEnd + 4 + length
    if (this.#received.length < end) return
    const body = this.#received.slice(headEnd + 4, end)
    this.#received = this.#received.slice(end)
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status, head, body })
  }
}

const lengthField = /\r\ncontent-length: (\d+)/i

/** `undefined` if the response has no length. */
function bodyLength(head: string, status: number): number | undefined {
  if (status === 204 || status === 304) return 0
  const length = lengthField.exec(head)?.[1]
  return length === undefined ? undefined : Number(length)
}
