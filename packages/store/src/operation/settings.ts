import type { Settings } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine } from '../engine/engine.ts'
import { integer, optionalInteger } from '../schema/column.ts'
import type { SettingsTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'
import { writeOn } from '../validity/condition.ts'

/** Settings on SQL: whole numbers by name. There are few, so that a list reads them all and picks: engines order and match text differently. */
export const settingsOn = (engine: Engine): Settings => ({
  get: async (name) => optionalInteger((await engine.read.first(find, { name }))?.value),
  list: async (prefix) => {
    const rows = await engine.read.all(listAll, {})
    return new Map(rows.filter(({ name }) => name.startsWith(prefix)).map(({ name, value }) => [name, integer(value)]))
  },
  put: (name, value, audit, on) =>
    writeOn(engine, on, async (execute) => {
      await execute.run(put, { name, value })
      await writeAudit(execute, audit)
      return 'changed' as const
    }),
})

const find = statement<{ name: string }>()((db, slots) =>
  db.selectFrom('settings').select('value').where('name', '=', slots.name),
)

const listAll = statement<Record<never, never>>()((db) => db.selectFrom('settings').selectAll().orderBy('name'))

const put = statement<SettingsTable>()((db, slots) =>
  db
    .insertInto('settings')
    .values(rowOf(slots, ['name', 'value']))
    .onConflict((conflict) => conflict.column('name').doUpdateSet(({ ref }) => ({ value: ref('excluded.value') }))),
)
