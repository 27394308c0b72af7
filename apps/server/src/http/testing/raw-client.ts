// Sends raw bytes that no HTTP library would send. Tests only.
import net from 'node:net'

export interface RawClient {
  write(bytes: string | Buffer): void
  /** Resolves with everything received once it matches. */
  until(pattern: RegExp): Promise<string>
  /** Resolves with everything received once the server has closed or reset the connection. */
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
  // A reset also closes the connection; only the bytes received before matter.
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

/** Sends bytes and waits until the server closes. */
export async function exchangeRaw(port: number, bytes: string | Buffer): Promise<string> {
  const client = await connectRaw(port)
  client.write(bytes)
  return await client.untilClosed()
}
