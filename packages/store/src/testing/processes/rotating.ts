/*
 * One of several processes that rotate one refresh token at once. It opens the store, says `ready`, waits for a line on its
 * standard input, makes all its calls together and prints how many had which outcome.
 *
 * Arguments: path or URL, number of calls, retry key (empty: none).
 */
import { once } from 'node:events'
import { digest, refresh, rotationAudit } from '../../conformance/scenario/fixtures.ts'
import { openAt } from '../open-at.ts'

const [path = '', calls = '0', key = ''] = process.argv.slice(2)
const store = await openAt(path)
process.stdout.write('ready\n')
await once(process.stdin, 'data')

const command = refresh(1, { retryKeyDigest: key === '' ? undefined : digest(key) })
const rotate = async (): Promise<string> => {
  try {
    const rotation = await store.authorizations.rotate(command, rotationAudit)
    const successor = 'record' in rotation ? ` ${rotation.record.authorization.generation}` : ''
    return rotation.outcome + successor
  } catch (error) {
    return String(error)
  }
}
const outcomes = await Promise.all(Array.from({ length: Number(calls) }, rotate))
const counts: Record<string, number> = {}
for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
process.stdout.write(`${JSON.stringify(counts)}\n`)
await store.close()
process.stdin.destroy()
