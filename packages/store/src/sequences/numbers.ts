import type { Engine } from '../engine/engine.ts'
import { integer } from '../schema/column.ts'
import type { MarksTable } from '../schema/schema.ts'
import { statement } from '../schema/statement.ts'

export const readMark = async (engine: Engine, name: MarksTable['name']): Promise<number> =>
  integer((await engine.read.first(findMark, { name }))?.value ?? 0)

const findMark = statement<Pick<MarksTable, 'name'>>()((db, slots) =>
  db.selectFrom('marks').select('value').where('name', '=', slots.name),
)

/** Adds one and gives back the new value. */
export const bumpMark = statement<Pick<MarksTable, 'name'>>()((db, slots) =>
  db
    .updateTable('marks')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .where('name', '=', slots.name)
    .returning('value'),
)

export const raise = statement<MarksTable>()((db, slots) =>
  db.updateTable('marks').set({ value: slots.value }).where('name', '=', slots.name).where('value', '<', slots.value),
)

export const set = statement<MarksTable>()((db, slots) =>
  db.updateTable('marks').set({ value: slots.value }).where('name', '=', slots.name),
)
