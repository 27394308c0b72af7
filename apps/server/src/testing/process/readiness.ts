import { setTimeout as pause } from 'node:timers/promises'
import { Connection, type Endpoint } from './connection.ts'
import type { Program } from './program.ts'
import { getRequest } from './request.ts'

const pollMilliseconds = 4

/**
 * Waits until the program answers `/readyz` with 200, and ends a program that never does.
 *
 * @throws Error if it ends before, or is not ready after `limitMilliseconds` (default 120,000).
 */
export async function untilReady(program: Program, endpoint: Endpoint, limitMilliseconds = 120_000): Promise<void> {
  const deadline = performance.now() + limitMilliseconds
  while (performance.now() < deadline) {
    if (!program.running) throw new Error(`the program ended before it was ready: ${endOf(program)}`)
    if ((await readiness(endpoint)) === 200) return
    await pause(pollMilliseconds)
  }
  await program.end('SIGKILL')
  throw new Error(`the program was not ready in ${limitMilliseconds} ms: ${endOf(program)}`)
}

const endOf = (program: Program): string => program.log().slice(-2000)

/** The status of `/readyz`, or `undefined` where nothing listens. */
export async function readiness(endpoint: Endpoint): Promise<number | undefined> {
  const connection = await Connection.open(endpoint).catch(() => undefined)
  if (!connection) return undefined
  const answer = await connection.exchange(getRequest(endpoint, '/readyz')).catch(() => undefined)
  connection.close()
  return answer?.status
}
