import type { AuditEvent } from '@countersign/core'
import type { Droplet, DropletChange, DropletInventory } from '@countersign/resources'
import type { Kysely } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Unit } from '../engine/engine.ts'
import { fromJson, integer, toJson } from '../schema/column.ts'
import type { Database, DropletsTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'
import { bumpMark } from '../sequences/numbers.ts'

/** Where the `inventory` driver of droplets keeps its state, and every driver its trail. */
export const dropletsOn = (engine: Engine): DropletInventory => ({
  list: async () => (await engine.read.all(listDroplets, {})).map(dropletFrom),
  find: async (number) => {
    const row = await engine.read.first(findByNumber, { number })
    return row && dropletFrom(row)
  },
  get: async (reference) => {
    const row = await engine.read.first(findReferred, { reference })
    return row && dropletFrom(row)
  },
  insert: (droplet, change) =>
    engine.write(async (execute) => {
      if (await execute.first(findByName, { name: droplet.name })) return 'name_taken'
      const numbered: Droplet = { ...droplet, number: await nextNumber(execute) }
      await execute.run(insert, rowFrom(numbered))
      await writeAudit(execute, eventOf(change, numbered))
      return numbered
    }),
  takeNumber: ({ name }, change) =>
    engine.write(async (execute) => {
      const number = await nextNumber(execute)
      await writeAudit(execute, eventOf(change, { name, number }, asked))
      return number
    }),
  record: (droplet, change) => engine.write((execute) => writeAudit(execute, eventOf(change, droplet, asked))),
  changeState: (reference, { state, ports }, change) =>
    engine.write(async (execute) => {
      const row = await execute.first(changeState, { reference, state, at: change.at, ports: toJson(ports) })
      if (row === undefined) return 'unknown'
      const changed = dropletFrom(row)
      await writeAudit(execute, eventOf(change, changed))
      return changed
    }),
  remove: (reference, change) =>
    engine.write(async (execute) => {
      const removed = await execute.first(remove, { reference })
      if (removed === undefined) return 'unknown'
      await writeAudit(execute, eventOf(change, removed))
      return 'removed'
    }),
})

/** Marks what an engine is about to be asked for: what it made of that is not in the trail. */
const asked = { asked: true } as const

/** Which droplet, as far as it is known: one that an engine is yet to make has no id, and perhaps no name. */
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

const listDroplets = statement<Record<never, never>>()((db) => db.selectFrom('droplets').selectAll().orderBy('number'))

const findByNumber = statement<{ number: number }>()((db, slots) =>
  db.selectFrom('droplets').selectAll().where('number', '=', slots.number),
)

const findByName = statement<{ name: string }>()((db, slots) =>
  db.selectFrom('droplets').select('id').where('name', '=', slots.name),
)

const findReferred = statement<{ reference: string }>()((db, slots) =>
  db.selectFrom('droplets').selectAll().where('id', 'in', referred(db, slots.reference)),
)

const nextNumber: Unit<number> = async (execute) =>
  integer((await execute.first(bumpMark, { name: 'next_droplet_number' }))?.value) - 1

const insert = statement<DropletsTable>()((db, slots) =>
  db
    .insertInto('droplets')
    .values(rowOf(slots, ['id', 'number', 'name', 'state', 'creator', 'created_at', 'changed_at', 'ports'])),
)

/** An id goes before a name that looks like one. */
const referred = (db: Kysely<Database>, reference: string) =>
  db
    .selectFrom('droplets')
    .select('id')
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .orderBy((eb) => eb.case().when('id', '=', reference).then(0).else(1).end())
    .limit(1)

const changeState = statement<{ reference: string; state: Droplet['state']; at: number; ports: string }>()(
  (db, slots) =>
    db
      .updateTable('droplets')
      .set({ state: slots.state, changed_at: slots.at, ports: slots.ports })
      .where('id', 'in', referred(db, slots.reference))
      .returningAll(),
)

const remove = statement<{ reference: string }>()((db, slots) =>
  db.deleteFrom('droplets').where('id', 'in', referred(db, slots.reference)).returning(['id', 'name', 'number']),
)

const dropletFrom = (row: DropletsTable): Droplet => ({
  id: row.id,
  number: integer(row.number),
  name: row.name,
  state: row.state,
  creator: row.creator,
  createdAt: integer(row.created_at),
  changedAt: integer(row.changed_at),
  ports: fromJson<Droplet['ports']>(row.ports),
})

const rowFrom = (droplet: Droplet): DropletsTable => ({
  id: droplet.id,
  number: droplet.number,
  name: droplet.name,
  state: droplet.state,
  creator: droplet.creator,
  created_at: droplet.createdAt,
  changed_at: droplet.changedAt,
  ports: toJson(droplet.ports),
})
