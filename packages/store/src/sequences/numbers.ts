import type { Engine, Executor } from '../engine/engine.ts'
import { part } from '../schema/row.ts'
import { changing, number, select, statement, update } from '../schema/statement.ts'
import { type MarkName, marks } from '../schema/tables.ts'

/*
 * This folder owns numbers that count upwards, the order of creation, pages in that order, and removal in batches. This file:
 * the named numbers of the data folder. A unit that adds to one is alone on it until the commit, since it has changed the row.
 */

const { name, value } = marks.definition

export const readNumber = (engine: Engine, name: MarkName): Promise<number> => readWithin(engine.read, name)

export const readWithin = async (execute: Executor, name: MarkName): Promise<number> =>
  (await execute.first(findNumber, { name }))?.value ?? 0

const findNumber = select(part(marks, 'value'), { name }, (rows, slots) => rows.where('name', '=', slots.name))

/** Adds one and returns the new value. */
export const addOne = changing(
  ({ name }) => [name],
  statement(
    { name },
    (db, slots) =>
      db
        .updateTable('marks')
        .set((eb) => ({ value: eb('value', '+', 1) }))
        .where('name', '=', slots.name)
        .returning('value'),
    number,
  ),
)

export const raise = changing(
  ({ name }) => [name],
  update('marks', { name, value }, (rows, slots) =>
    rows.set({ value: slots.value }).where('name', '=', slots.name).where('value', '<', slots.value),
  ),
)

export const set = changing(
  ({ name }) => [name],
  update('marks', { name, value }, (rows, slots) => rows.set({ value: slots.value }).where('name', '=', slots.name)),
)
