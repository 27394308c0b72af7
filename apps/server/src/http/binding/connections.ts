// The open connections of one server. The requests of a connection are handled one after the other: a pipelining client
// occupies one handler at a time, and answers cannot be mixed up (RFC 9112 §9.3.2). Connections end cleanly when the
// server stops.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

interface Connection {
  readonly socket: Socket
  /** The first one is being handled. */
  readonly exchanges: Exchange[]
  /** Raw bytes to send at the end, after every complete request before the fault was answered. */
  finalBytes: string | undefined
  /** Further requests are not handled, because their answers could not be sent. */
  closing: boolean
}

/** Number of unanswered requests at which reading from a connection pauses, and at which it resumes. */
const pauseAt = 64
const resumeAt = 16

export interface Connections {
  readonly onConnection: (socket: Socket) => void
  readonly onRequest: RequestListener
  /** Ends a connection whose client violated the protocol. Complete requests before the fault are answered first. */
  endWith(socket: Socket, bytes: string): void
  /** Closes idle connections now, and the others once their requests are answered. */
  drain(): void
  destroyAll(): void
}

/**
 * Tracks open connections.
 *
 * @param listener Called for one request per connection at a time.
 */
export function trackConnections(listener: RequestListener): Connections {
  const connections = new Map<Socket, Connection>()
  let draining = false

  const onConnection = (socket: Socket): void => {
    connections.set(socket, { socket, exchanges: [], finalBytes: undefined, closing: false })
    socket.once('close', () => connections.delete(socket))
    if (draining) socket.destroy()
  }

  const start = (connection: Connection): void => {
    const [first] = connection.exchanges
    if (first === undefined) return
    if (draining && connection.exchanges.length === 1) announceClose(connection)
    first.response.once('close', () => finish(connection))
    listener(first.message, first.response)
  }

  const finish = (connection: Connection): void => {
    const { exchanges, socket } = connection
    exchanges.shift()
    // An answer with `Connection: close` has ended the socket, so that the remaining requests cannot be answered.
    if (!socket.writable) exchanges.length = 0
    else if (exchanges.length > 0) start(connection)
    else if (connection.finalBytes !== undefined) end(socket, connection.finalBytes)
    else if (draining) socket.destroySoon()
    if (socket.isPaused() && exchanges.length <= resumeAt) socket.resume()
  }

  const onRequest: RequestListener = (message, response) => {
    const connection = connections.get(message.socket)
    if (connection === undefined || connection.closing) return
    connection.exchanges.push({ message, response })
    if (connection.exchanges.length === 1) start(connection)
    else if (connection.exchanges.length >= pauseAt) message.socket.pause()
  }

  return {
    onConnection,
    onRequest,
    endWith(socket, bytes) {
      const connection = connections.get(socket)
      if (connection?.closing && connection.finalBytes !== undefined) return
      const broken = connection?.exchanges.at(-1)
      // A request with an incomplete body is the faulty one and gets no answer of its own.
      if (broken && !broken.message.complete) {
        connection?.exchanges.pop()
        if (broken.response.headersSent) {
          socket.destroy()
          return
        }
      }
      if (connection === undefined || connection.exchanges.length === 0) end(socket, bytes)
      else connection.finalBytes = bytes
      if (connection) connection.closing = true
    },
    drain() {
      draining = true
      for (const connection of connections.values()) {
        if (connection.exchanges.length === 0) connection.socket.destroy()
        else if (connection.exchanges.length === 1) announceClose(connection)
      }
    },
    destroyAll() {
      for (const socket of connections.keys()) socket.destroy()
    },
  }
}

/** Announces with `Connection: close` that this answer is the last, unless its headers are already sent. */
function announceClose(connection: Connection): void {
  const response = connection.exchanges[0]?.response
  connection.closing = true
  if (response && !response.headersSent) response.setHeader('connection', 'close')
}

function end(socket: Socket, bytes: string): void {
  if (socket.writable) socket.write(bytes)
  socket.destroySoon()
}
