// Commits rows to a database that a server uses. `node row-writer-process.ts DATABASE`.
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../load/clock.ts'
import { arrivals, seeded } from '../load/schedule.ts'
import type { WriteOrder } from './row-writer.ts'

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('usage: row-writer-process.ts DATABASE')
const database = new DatabaseSync(path, { timeout: 5000 })
database.exec(
  'pragma synchronous = full; create table if not exists bench_rows (id integer primary key, at integer) strict',
)
const insert = database.prepare('insert into bench_rows (at) values (?)')

process.on('message', async ({ perSecond, seconds }: WriteOrder) => {
  const began = systemClock.now()
  let rows = 0
  for (const due of arrivals(perSecond, seconds, seeded(1))) {
    const time = began + due
    // A timer is exact enough here, and leaves the cores to the others.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, time - systemClock.now())))
    insert.run(Date.now())
    rows++
  }
  process.send?.(rows)
})
process.on('disconnect', () => process.exit(0))
