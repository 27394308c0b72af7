import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what the kernel chooses from: whoever asks it for some port gets none of these between two starts of ours. */
const lowest = 10_240
const beyond = 32_768
const attempts = 20

/** A port that nobody listens on. It is chosen once and kept over restarts, since the issuer names it. */
export async function freePort(): Promise<number> {
  for (let left = attempts; left > 0; left--) {
    const port = randomInt(lowest, beyond)
    if (await isFree(port)) return port
  }
  throw new Error(`of ${attempts} ports none was free`)
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
  probe.close()
  await once(probe, 'close')
  return true
}
