import assert from 'node:assert/strict'
import { expect, it } from 'vitest'
import { migrateAlone } from '../../open/open-postgres.ts'
import { addOne, readNumber } from '../../sequences/numbers.ts'
import { replicated, serverPrograms, startCluster, startStandby } from '../../testing/postgres/cluster.ts'
import { openPostgres } from './postgres-engine.ts'

const programs = serverPrograms()
const one = { name: 'keys_revision' } as const

it('a commit that the synchronous standby does not have is not acknowledged', async (context) => {
  if ('missing' in programs) context.skip(programs.missing)
  await using primary = await startCluster({ settings: replicated })
  const migrated = await openPostgres({ url: primary.url('postgres') })
  await migrateAlone(migrated, 0).finally(() => migrated.close())
  await using standby = await startStandby(primary)
  const engine = await openPostgres({ url: primary.url('postgres', '&statement_timeout=300') })
  try {
    const add = () => engine.write([], (execute) => execute.first(addOne, one))
    expect(await add()).toBe(1)
    await standby.stop('immediate')
    // Were the wait cancelled, the database would call the commit done.
    await assert.rejects(add(), { name: 'StoreError', kind: 'unavailable' })
    await standby.start()
    while ((await engine.write([], (execute) => execute.first(addOne, one)).catch(() => undefined)) === undefined);
    expect(await readNumber(engine, one.name)).toBeGreaterThan(2)
  } finally {
    await engine.close()
  }
}, 60_000)
