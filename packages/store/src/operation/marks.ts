import type { Marks } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { part } from '../schema/row.ts'
import { insert, select, update } from '../schema/statement.ts'
import { served } from '../schema/tables.ts'
import { raise, readNumber, set } from '../sequences/numbers.ts'

/** The clock's high-water mark, and the issuer that was served last. */
export const marksOn = (engine: Engine): Marks => ({
  highWater: () => readNumber(engine, 'clock_high_water'),
  raiseHighWater: (at) =>
    engine.write([], async (execute) => {
      await execute.run(raise, { name: 'clock_high_water', value: at })
    }),
  resetHighWater: (at, audit) =>
    engine.write([], async (execute) => {
      await execute.run(set, { name: 'clock_high_water', value: at })
      await writeAudit(execute, audit)
    }),
  servedIssuer: async () => (await engine.read.first(findServed, { name: 'issuer' }))?.value,
  recordServedIssuer: (issuer, audit) =>
    engine.write([aloneOn.servedIssuer], async (execute) => {
      const before = await execute.first(findServed, { name: 'issuer' })
      if (before?.value === issuer) return
      await execute.run(before === undefined ? insertServed : changeServed, { name: 'issuer', value: issuer })
      if (before !== undefined) await writeAudit(execute, audit)
    }),
})

const { name, value } = served.definition

const findServed = select(part(served, 'value'), { name }, (rows, slots) => rows.where('name', '=', slots.name))

const insertServed = insert(served)

const changeServed = update('served', { name, value }, (rows, slots) =>
  rows.set({ value: slots.value }).where('name', '=', slots.name),
)
