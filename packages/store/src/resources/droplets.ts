import type { AuditEvent } from '@countersign/core'
import type { Droplet, DropletChange, DropletInventory } from '@countersign/resources'
import type { Expression, Kysely } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Unit } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import type { Database } from '../schema/database.ts'
import { integer, text } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { insert, select, statement } from '../schema/statement.ts'
import { droplets } from '../schema/tables.ts'
import { addOne } from '../sequences/numbers.ts'

/** The state of the `inventory` driver of droplets, and the audit events of every driver. */
export const dropletsOn = (engine: Engine): DropletInventory => ({
  list: () => engine.read.all(listDroplets, {}),
  find: (number) => engine.read.first(findByNumber, { number }),
  get: (reference) => engine.read.first(findReferred, { reference }),
  insert: (droplet, change) =>
    engine.write([aloneOn.droplets], async (execute) => {
      if (await execute.first(findByName, { name: droplet.name })) return 'name_taken'
      const numbered: Droplet = { ...droplet, number: await nextNumber(execute) }
      await execute.run(insertDroplet, numbered)
      await writeAudit(execute, eventOf(change, numbered))
      return numbered
    }),
  takeNumber: ({ name }, change) =>
    engine.write([], async (execute) => {
      const number = await nextNumber(execute)
      await writeAudit(execute, eventOf(change, { name, number }, asked))
      return number
    }),
  record: (droplet, change) => engine.write([], (execute) => writeAudit(execute, eventOf(change, droplet, asked))),
  changeState: (reference, { state, ports }, change) =>
    engine.write([], async (execute) => {
      const changed = await execute.first(changeState, { reference, state, at: change.at, ports })
      if (changed === undefined) return 'unknown'
      await writeAudit(execute, eventOf(change, changed))
      return changed
    }),
  remove: (reference, change) =>
    engine.write([], async (execute) => {
      const removed = await execute.first(remove, { reference })
      if (removed === undefined) return 'unknown'
      await writeAudit(execute, eventOf(change, removed))
      return 'removed'
    }),
})

/** Marks a request to an engine. Its outcome is not in the trail. */
const asked = { asked: true } as const

/** Identifies the droplet as far as possible: one that the engine has not made yet has no id, and perhaps no name. */
const eventOf = (
  { action, by, at }: DropletChange,
  {
    id,
    name,
    number,
  }: { readonly id?: string; readonly name?: string | undefined; readonly number?: number | undefined },
  detail: AuditEvent['detail'] = {},
): AuditEvent => ({
  at,
  action: 'droplet_changed',
  actor: by.actor,
  address: by.address,
  requestId: by.requestId,
  detail: {
    change: action,
    ...detail,
    ...(id === undefined ? {} : { droplet: id }),
    ...(name === undefined ? {} : { name }),
    ...(number === undefined ? {} : { number }),
  },
})

const listDroplets = select(droplets, {}, (rows) => rows.orderBy('number'))

const findByNumber = select(droplets, { number: integer }, (rows, { number }) => rows.where('number', '=', number))

const findByName = select(part(droplets, 'id'), { name: text }, (rows, { name }) => rows.where('name', '=', name))

const findReferred = statement(
  { reference: text },
  (db, { reference }) => db.selectFrom('droplets').select(droplets.columns).where('id', 'in', referred(db, reference)),
  droplets.decode,
)

const nextNumber: Unit<number> = async (execute) =>
  ((await execute.first(addOne, { name: 'next_droplet_number' })) ?? 0) - 1

const insertDroplet = insert(droplets)

/** An id takes precedence over a name that looks like one. */
const referred = (db: Kysely<Database>, reference: Expression<string>) =>
  db
    .selectFrom('droplets')
    .select('id')
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .orderBy((eb) => eb.case().when('id', '=', reference).then(0).else(1).end())
    .limit(1)

const { state, changedAt: at, ports } = droplets.definition

const changeState = statement(
  { reference: text, state, at, ports },
  (db, slots) =>
    db
      .updateTable('droplets')
      .set({ state: slots.state, changed_at: slots.at, ports: slots.ports })
      .where('id', 'in', referred(db, slots.reference))
      .returning(droplets.columns),
  droplets.decode,
)

const remove = statement(
  { reference: text },
  (db, { reference }) =>
    db.deleteFrom('droplets').where('id', 'in', referred(db, reference)).returning(droplets.columns),
  droplets.decode,
)
