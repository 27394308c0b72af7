import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RecordedServer, startRecordedServer } from './recorded-server.ts'

/** A server whose droplets are on a container engine that fails. */
export interface ServerOnEngine {
  readonly server: RecordedServer
  /** Connections to the engine that are open. */
  readonly asked: () => number
  /** The engine closes every connection. */
  hangUp(): void
  close(): Promise<void>
}

/** @param answer How the engine treats each request. */
export async function startServerOnEngine(answer: (socket: Socket) => void): Promise<ServerOnEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-engine-'))
  const path = join(folder, 'engine.sock')
  const sockets = new Set<Socket>()
  const engine = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => engine.listen(path, resolve))
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = await startRecordedServer({
    alone: true,
    flags: { 'droplet-driver': 'docker', 'docker-socket': path, 'docker-image': 'droplet' },
  })
  return {
    server,
    asked: () => sockets.size,
    hangUp,
    close: async () => {
      await server.close()
      hangUp()
      await new Promise((resolve) => engine.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The engine's refusal, in its own words. */
export const refusing =
  (message: string) =>
  (socket: Socket): void => {
    const body = JSON.stringify({ message })
    const head = `HTTP/1.1 500 X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    socket.end(head + body)
  }
