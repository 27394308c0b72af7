/*
 * Writes until the disk refuses (its parent limits the size of its files), then shows what still works. Arguments: path.
 * Prints how many writes were acknowledged, how many of those are there, and what became of the others.
 */
import { event, idOf, session, withPrincipals } from '../../conformance/scenario/fixtures.ts'
import { openStore } from '../../open/open.ts'

const [path = ''] = process.argv.slice(2)
const store = await openStore({ path })
await withPrincipals(store)
const label = 'x'.repeat(500)
const outcomes = new Map<number, string>()
for (let round = 0; round < 40; round++) {
  const ids = Array.from({ length: 20 }, (_, n) => round * 20 + n + 1)
  const create = async (n: number) => {
    try {
      await store.authorizations.create(session(n, { label }), event('authorization_created'))
      outcomes.set(n, 'created')
    } catch (error) {
      outcomes.set(n, error instanceof Error && 'kind' in error ? `${error.name} ${error.kind}` : String(error))
    }
  }
  await Promise.all(ids.map(create))
}
const counts: Record<string, number> = {}
let wrong = 0
for (const [n, outcome] of outcomes) {
  counts[outcome] = (counts[outcome] ?? 0) + 1
  if (((await store.authorizations.find(idOf(n))) !== undefined) !== (outcome === 'created')) wrong++
}
process.stdout.write(JSON.stringify({ counts, wrong }))
await store.close()
