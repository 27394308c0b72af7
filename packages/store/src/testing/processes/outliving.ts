/*
 * An instance that writes and reads all the time, until both are refused, or for five seconds. It says `ready` after its first write,
 * and at the end why it was refused. Argument: URL.
 */
import { setTimeout } from 'node:timers/promises'
import { StoreError } from '@countersign/core'
import { openAt } from '../open-at.ts'

const [place = ''] = process.argv.slice(2)
const store = await openAt(place)
const deadline = performance.now() + 5000

/** Why it was refused at last. */
const untilRefused = async (call: (round: number) => Promise<unknown>): Promise<string | undefined> => {
  for (let round = 2; performance.now() < deadline; round++) {
    try {
      await call(round)
      await setTimeout(1)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return error.cause instanceof Error ? error.cause.message : error.message
    }
  }
  return undefined
}

await store.marks.raiseHighWater(1)
process.stdout.write('ready\n')
const [write, read] = await Promise.all([
  untilRefused((round) => store.marks.raiseHighWater(round)),
  untilRefused(() => store.marks.servedIssuer()),
])
process.stdout.write(`${JSON.stringify({ write, read })}\n`)
await store.close()
