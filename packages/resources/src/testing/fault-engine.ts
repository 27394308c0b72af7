import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A socket in place of an engine. The test decides how it answers the first bytes of a request. */
export interface FaultEngine {
  readonly socket: string
  /** Connections opened so far. */
  readonly connections: () => number
  /** Connections open now. */
  readonly open: () => number
  close(): Promise<void>
}

export const startFaultEngine = async (answer: (socket: Socket, request: string) => void): Promise<FaultEngine> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-engine-'))
  const path = join(folder, 'engine.sock')
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that gives up resets the connection.
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => answer(socket, bytes.toString('latin1')))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    socket: path,
    connections: () => connections,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A complete HTTP/1.1 answer. */
export const httpAnswer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
