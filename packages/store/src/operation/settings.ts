import type { Settings } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine } from '../engine/engine.ts'
import { text } from '../schema/kind.ts'
import { excluded, insert, select } from '../schema/statement.ts'
import { settings } from '../schema/tables.ts'
import { writeOn } from '../validity/condition.ts'

/** Integers by name. A list reads all of them and filters here, since engines compare text differently and there are few. */
export const settingsOn = (engine: Engine): Settings => ({
  get: async (name) => (await engine.read.first(find, { name }))?.value,
  list: async (prefix) => {
    const rows = await engine.read.all(listAll, {})
    return new Map(rows.filter(({ name }) => name.startsWith(prefix)).map(({ name, value }) => [name, value]))
  },
  put: (name, value, audit, on) =>
    writeOn(engine, on, [], async (execute) => {
      await execute.run(put, { name, value })
      await writeAudit(execute, audit)
      return 'changed' as const
    }),
})

const find = select(settings, { name: text }, (rows, { name }) => rows.where('name', '=', name))

const listAll = select(settings, {}, (rows) => rows.orderBy('name'))

const put = insert(settings, (into, values) =>
  into.values(values).onConflict((conflict) => conflict.column('name').doUpdateSet(excluded('value'))),
)
