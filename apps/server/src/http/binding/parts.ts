import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** A client that has read nothing for so long is cut off, in milliseconds. */
export const unreadMilliseconds = 10_000

/**
 * Writes a body that comes in parts. No part is asked for before the client has read those before it, but for what fits in the
 * buffers of the socket.
 *
 * @param body Its iterator is ended when the client is gone.
 */
export async function sendParts(
  response: ServerResponse,
  body: AsyncIterable<string>,
  patience = unreadMilliseconds,
): Promise<void> {
  const parts = body[Symbol.asyncIterator]()
  // Ends a wait for the next part, too.
  const end = () => void parts.return?.()
  response.once('close', end)
  response.flushHeaders()
  try {
    for (;;) {
      const { done, value } = await parts.next()
      if (done || response.destroyed) break
      if (!response.write(value) && !(await isRead(response, patience))) {
        response.destroy()
        break
      }
    }
  } finally {
    response.off('close', end)
    await parts.return?.()
  }
  response.end()
}

/** Whether the client reads what was written, or is gone, in time. */
async function isRead(response: ServerResponse, patience: number): Promise<boolean> {
  if (response.destroyed) return true
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([
      once(response, 'drain', { signal }).then(() => true),
      once(response, 'close', { signal }).then(() => true),
      delay(patience, false, { signal, ref: false }),
    ]).catch(() => true)
  } finally {
    over.abort()
  }
}
