// A client that speaks bytes, for what no HTTP library would send. Tests only.
import net from 'node:net'

export interface RawClient {
  write(bytes: string | Buffer): void
  /** Everything received once it matches. */
  until(pattern: RegExp): Promise<string>
  /** Everything received once the server has closed, politely or not. */
  untilClosed(): Promise<string>
  destroy(): void
}

export async function connectRaw(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = net.connect({ port, host })
  let received = ''
  let closed = false
  let changed = () => {}
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    received += text
    changed()
  })
  // A reset is one of the ways to be closed on; what matters is what was received before.
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
    changed()
  })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const when = (ready: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      changed = () => {
        if (ready()) resolve(received)
        else if (closed) reject(new Error(`closed after: ${received}`))
      }
      changed()
    })
  return {
    write: (bytes) => void socket.write(bytes),
    until: (pattern) => when(() => pattern.test(received)),
    untilClosed: () => when(() => closed),
    destroy: () => socket.destroy(),
  }
}

/** Sends bytes and waits for the server to close. */
export async function exchangeRaw(port: number, bytes: string | Buffer): Promise<string> {
  const client = await connectRaw(port)
  client.write(bytes)
  return await client.untilClosed()
}
