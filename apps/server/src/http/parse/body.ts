import type { IncomingMessage } from 'node:http'
import { RequestAborted, RequestError } from '../errors.ts'

/** Limits the memory that a client can occupy. No operation needs more than a few hundred bytes. */
export const defaultBodyLimitBytes = 16 * 1024

/**
 * How much of a refused body is read and discarded, so that a client that is still sending can read the answer. Closing
 * a socket with unread bytes resets it, and the answer is lost.
 */
const discardLimitBytes = 1024 * 1024

const tooLarge = (): RequestError =>
  new RequestError('body_too_large', 'The body is larger than this server reads.', { headers: { connection: 'close' } })

/**
 * Reads a whole body into memory, up to a limit.
 *
 * Content codings are refused, so that there is no decompression to attack (RFC 9110 §8.4, §15.5.16).
 *
 * @param limitBytes Default: 16,384.
 * @returns `undefined` for zero bytes: an empty body counts as absent, whatever the headers say.
 * @throws RequestError `body_too_large`, whose answer closes the connection; `media_type_unsupported`.
 * @throws RequestAborted if the client disconnects before it sent everything.
 */
export async function readBody(
  message: IncomingMessage,
  limitBytes = defaultBodyLimitBytes,
): Promise<Buffer | undefined> {
  const { headers } = message
  const declared = headers['content-length']
  const chunked = headers['transfer-encoding'] !== undefined
  if (!chunked && (declared === undefined || declared === '0')) return undefined
  const coding = headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new RequestError('media_type_unsupported', 'Encoded bodies are not accepted.')
  }
  if (declared !== undefined && Number(declared) > limitBytes) throw tooLarge()
  return message.complete && message.readableFlowing === null && !message.readableEnded && !message.destroyed
    ? received(message, limitBytes)
    : await collect(message, limitBytes)
}

/** The body of a message that was received to its end, and that nobody has begun to read: no event has to be waited for. */
function received(message: IncomingMessage, limitBytes: number): Buffer | undefined {
  const bytes = message.read() as Buffer | null
  if (bytes === null) return undefined
  if (bytes.length > limitBytes) throw tooLarge()
  return bytes
}

function collect(message: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    if (message.readableEnded) {
      // A handler mounted before the binding has read the body. Treating it as empty would skip validation.
      reject(new Error('The body was read before the HTTP binding.'))
      return
    }
    if (message.destroyed) {
      reject(new RequestAborted())
      return
    }
    const chunks: Buffer[] = []
    let size = 0
    const leave = () => {
      message.off('data', onData)
      message.off('end', onEnd)
      message.off('close', onGone)
      message.off('error', onGone)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limitBytes) return
      leave()
      message.pause()
      reject(tooLarge())
    }
    const onEnd = () => {
      leave()
      const [first] = chunks
      if (first === undefined) resolve(undefined)
      else resolve(chunks.length === 1 ? first : Buffer.concat(chunks, size))
    }
    const onGone = () => {
      leave()
      reject(new RequestAborted())
    }
    message.on('data', onData)
    message.on('end', onEnd)
    message.on('close', onGone)
    message.on('error', onGone)
  })
}

/**
 * Discards the rest of an unused body, up to 1 MiB.
 *
 * @returns `false` if there is more than that, or the client disconnected: the connection must be closed.
 */
export function discardBody(message: IncomingMessage): Promise<boolean> {
  if (message.complete || message.readableEnded) {
    message.resume()
    return Promise.resolve(true)
  }
  const declared = Number(message.headers['content-length'] ?? 0)
  if (message.destroyed || declared > discardLimitBytes) return Promise.resolve(false)
  return new Promise((resolve) => {
    let size = 0
    const settle = (drained: boolean) => {
      message.off('data', onData)
      message.off('end', onEnd)
      message.off('close', onGone)
      message.off('error', onGone)
      resolve(drained)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > discardLimitBytes) settle(false)
    }
    const onEnd = () => settle(true)
    const onGone = () => settle(false)
    message.on('data', onData)
    message.on('end', onEnd)
    message.on('close', onGone)
    message.on('error', onGone)
    message.resume()
  })
}
