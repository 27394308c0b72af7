import type { Droplet, DropletInventory } from '@countersign/resources'
import type { Kysely } from 'kysely'
import { fromJson, integer, toJson } from '../column.ts'
import type { Engine, Unit } from '../engine/engine.ts'
import { rowOf, statement } from '../engine/statement.ts'
import type { Database, DropletsTable } from '../schema.ts'
import { bumpMark } from './marks.ts'

/** Where the `inventory` driver of droplets keeps its state. */
export const dropletsOn = (engine: Engine): DropletInventory => ({
  list: async () => (await engine.read.all(listDroplets, {})).map(dropletFrom),
  find: async (number) => {
    const row = await engine.read.first(findByNumber, { number })
    return row && dropletFrom(row)
  },
  insert: (droplet) =>
    engine.write(async (execute) => {
      if (await execute.first(findByName, { name: droplet.name })) return 'name_taken'
      const numbered: Droplet = { ...droplet, number: await nextNumber(execute) }
      await execute.run(insert, rowFrom(numbered))
      return numbered
    }),
  takeNumber: () => engine.write(nextNumber),
  changeState: (reference, state, at, ports) =>
    engine.write(async (execute) => {
      const changes = await execute.run(changeState, { reference, state, at, ports: toJson(ports) })
      return changes === 0 ? 'unknown' : 'changed'
    }),
  remove: (reference) =>
    engine.write(async (execute) => ((await execute.run(remove, { reference })) === 0 ? 'unknown' : 'removed')),
})

const listDroplets = statement<Record<never, never>>()((db) => db.selectFrom('droplets').selectAll().orderBy('number'))

const findByNumber = statement<{ number: number }>()((db, slots) =>
  db.selectFrom('droplets').selectAll().where('number', '=', slots.number),
)

const findByName = statement<{ name: string }>()((db, slots) =>
  db.selectFrom('droplets').select('id').where('name', '=', slots.name),
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
      .where('id', 'in', referred(db, slots.reference)),
)

const remove = statement<{ reference: string }>()((db, slots) =>
  db.deleteFrom('droplets').where('id', 'in', referred(db, slots.reference)),
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
