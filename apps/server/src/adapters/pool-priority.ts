import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { getPriority, setPriority } from 'node:os'

/** How much less than the thread that answers requests the threads of the pool weigh: about a third, when both want a processor. */
const difference = 5
const lowest = 19

/**
 * Lets the threads of libuv's pool, which compute password hashes, leave the processor to the thread that answers requests. Where a
 * processor is free nothing changes. On Linux a priority is that of a thread; elsewhere this does nothing.
 *
 * @throws what the system says, where it knows no priorities.
 */
export async function lowerPoolPriority(): Promise<void> {
  if (process.platform !== 'linux') return
  // The first task of the pool starts its threads.
  await stat('/')
  const priority = Math.min(getPriority() + difference, lowest)
  for (const thread of readdirSync('/proc/self/task')) {
    const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8')
    if (name.startsWith('libuv-worker')) setPriority(Number(thread), priority)
  }
}
