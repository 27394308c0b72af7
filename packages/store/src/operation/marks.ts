import type { Marks } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine } from '../engine/engine.ts'
import type { ServedTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'
import { raise, readMark, set } from '../sequences/numbers.ts'

/** Small facts about the data folder itself. Each mark has a row from the first migration on. */
export const marksOn = (engine: Engine): Marks => ({
  highWater: () => readMark(engine, 'clock_high_water'),
  raiseHighWater: (at) =>
    engine.write(async (execute) => {
      await execute.run(raise, { name: 'clock_high_water', value: at })
    }),
  resetHighWater: (at, audit) =>
    engine.write(async (execute) => {
      await execute.run(set, { name: 'clock_high_water', value: at })
      await writeAudit(execute, audit)
    }),
  servedIssuer: async () => (await engine.read.first(findServed, { name: 'issuer' }))?.value,
  recordServedIssuer: (issuer, audit) =>
    engine.write(async (execute) => {
      const before = await execute.first(findServed, { name: 'issuer' })
      if (before?.value === issuer) return
      await execute.run(before === undefined ? insertServed : changeServed, { name: 'issuer', value: issuer })
      if (before !== undefined) await writeAudit(execute, audit)
    }),
})

const findServed = statement<Pick<ServedTable, 'name'>>()((db, slots) =>
  db.selectFrom('served').select('value').where('name', '=', slots.name),
)

const insertServed = statement<ServedTable>()((db, slots) =>
  db.insertInto('served').values(rowOf(slots, ['name', 'value'])),
)

const changeServed = statement<ServedTable>()((db, slots) =>
  db.updateTable('served').set({ value: slots.value }).where('name', '=', slots.name),
)
