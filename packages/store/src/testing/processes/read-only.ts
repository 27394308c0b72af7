/*
 * Opens a store as a user who is bound by file modes (root is bound by none), and says what it could do with it. Arguments: path,
 * and a word that makes it wait for a line of input between opening and using. Prints JSON.
 */
import { once } from 'node:events'
import { idOf } from '../../conformance/scenario/fixtures.ts'
import { openStore } from '../../open/open.ts'

const [path = '', waits] = process.argv.slice(2)

const outcomeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'done'
  } catch (error) {
    return error instanceof Error && 'kind' in error ? String(error.kind) : String(error)
  }
}

try {
  const store = await openStore({ path })
  const before = await outcomeOf(store.marks.raiseHighWater(1))
  if (waits) {
    process.stdout.write('open\n')
    await once(process.stdin, 'data')
    process.stdin.destroy()
  }
  const write = await outcomeOf(store.marks.raiseHighWater(2))
  const read = await outcomeOf(store.authorizations.find(idOf(1)))
  process.stdout.write(JSON.stringify({ before, write, read, highWater: await store.marks.highWater() }))
  await store.close()
} catch (error) {
  process.stdout.write(
    JSON.stringify({ refused: error instanceof Error && 'code' in error ? error.code : String(error) }),
  )
}
