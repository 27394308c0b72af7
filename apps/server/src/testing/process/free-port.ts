import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that the kernel chooses, so that no other process gets the port between two starts of a server. */
const lowest = 10_240
const beyond = 32_768
const attempts = 20

/** A port on which no process listens. A server keeps it over restarts, since its issuer names the port. */
export async function freePort(): Promise<number> {
  for (let left = attempts; left > 0; left--) {
    const port = randomInt(lowest, beyond)
    if (await isFree(port)) return port
  }
  throw new Error(`none of ${attempts} ports was free`)
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
