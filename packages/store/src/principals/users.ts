import type { AuditEvent, Enrolment, User, Users } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { putSecret } from '../factors/slots.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { ifGiven, integer, text } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { byShape, insert, select } from '../schema/statement.ts'
import { users } from '../schema/tables.ts'
import { nextPlace, pagesOf } from '../sequences/creation-order.ts'
import { writeOn } from '../validity/condition.ts'
import { transferOwnership } from './ownership.ts'
import { changePassword, refinePassword, storedPassword } from './password.ts'
import { removeUser } from './removal.ts'
import { endEverybodys, endOthers } from './session-ends.ts'
import { change, chooseRequiredFactors, reset, revokeAll } from './user-changes.ts'

/**
 * This folder owns users and registered clients.
 *
 * The schema keeps the owner single (I7) and names unique. This file distinguishes the outcomes.
 */
export const usersOn = (engine: Engine): Users => ({
  find: (id) => engine.read.first(findById, { id }),
  findByName: (name) => engine.read.first(findByName, { name }),
  findOwner: () => engine.read.first(findOwner, {}),
  create: (user, audit, { secret, on } = {}) =>
    writeOn(engine, on, [aloneOn.users], (execute) => create(execute, user, audit, secret)),
  changePassword: (change, on, audit) =>
    writeOn(engine, on, [aloneOn.user(change.userId)], (execute) => changePassword(execute, change, audit)),
  refinePassword: (userId, from, refined) =>
    engine.write([], async (execute) => {
      await execute.run(refinePassword, { id: userId, from, ...storedPassword(refined) })
    }),
  list: async (page) => {
    const { rows, next } = await pages(engine.read, page)
    return { users: rows, next }
  },
  search: async ({ prefix, limit, after }) => {
    // The greatest code point: everything that begins with the text is below it.
    const slots = { from: prefix, until: `${prefix}\u{10ffff}`, after, limit: limit + 1 }
    const found = await engine.read.all(named(after !== undefined), slots)
    const rows = found.slice(0, limit)
    return { users: rows, next: found.length > limit ? rows.at(-1)?.canonicalName : undefined }
  },
  change: (id, changes, on, audit) =>
    writeOn(engine, on, [aloneOn.user(id)], (execute) => change(execute, id, changes, audit)),
  chooseRequiredFactors: (choice, on, audit) =>
    writeOn(engine, on, [aloneOn.user(choice.userId)], (execute) => chooseRequiredFactors(execute, choice, audit)),
  reset: (given, on, audit) =>
    writeOn(engine, on, [aloneOn.user(given.userId)], (execute) => reset(execute, given, audit)),
  remove: (id, audit, on) => writeOn(engine, on, [aloneOn.user(id)], (execute) => removeUser(execute, id, audit)),
  transferOwnership: (from, to, on, audit) =>
    writeOn(
      engine,
      on,
      [from, to].map((id) => aloneOn.user(id)),
      (execute) => transferOwnership(execute, from, to, audit),
    ),
  revokeAll: (id, options, audit, on) =>
    writeOn(engine, on, [aloneOn.user(id)], (execute) => revokeAll(execute, id, options, audit)),
  endOtherSessions: (of, on, audit) =>
    writeOn(engine, on, [aloneOn.user(of.userId)], (execute) => endOthers(execute, of, audit)),
  endEverybodysSessions: (keep, on, audit) =>
    writeOn(engine, on, [aloneOn.user(keep.userId)], (execute) => endEverybodys(execute, keep, audit)),
})

/** A name that is taken, or looks like one, is reported before a second owner. */
const create = async (execute: Executor, user: User, audit: AuditEvent, secret: Enrolment | undefined) => {
  if ((await execute.run(insertUser, user)) === 1) {
    if (secret) await putSecret(execute, secret)
    await writeAudit(execute, audit)
    return 'created'
  }
  if (await execute.first(findAlike, user)) return 'username_taken'
  if (user.role === 'owner' && (await execute.first(findOwner, {}))) return 'owner_exists'
  throw new StoreError('conflict', new Error('a user of this id exists'))
}

const pages = pagesOf(users)

const findById = select(users, { id: text }, (rows, { id }) => rows.where('id', '=', id))

const findByName = select(users, { name: text }, (rows, { name }) => rows.where('canonical_name', '=', name))

const named = byShape((later: boolean) =>
  select(users, { from: text, until: text, after: ifGiven(text), limit: integer }, (rows, slots) =>
    rows
      .where('canonical_name', '>=', slots.from)
      .where('canonical_name', '<', slots.until)
      .$if(later, (found) => found.where('canonical_name', '>', slots.after))
      .orderBy('canonical_name')
      .limit(slots.limit),
  ),
)

/** The literal makes it match the index that lets there be only one. */
const findOwner = select(users, {}, (rows) => rows.where('role', '=', sql.lit('owner')))

/** Finds a user who has the name or one that looks like it. No index forbids that: older names may look alike. */
const findAlike = select(part(users, 'id'), { canonicalName: text, nameSkeleton: text }, (rows, slots) =>
  rows
    .where((eb) =>
      eb.or([eb('canonical_name', '=', slots.canonicalName), eb('name_skeleton', '=', slots.nameSkeleton)]),
    )
    .limit(1),
)

const insertUser = insert(users, (into, values, db) =>
  into
    .columns([...users.columns, 'sequence'])
    .expression(
      db
        .selectNoFrom((eb) => [
          ...users.columns.map((column) => eb.val(values[column]).as(column)),
          nextPlace('users').as('sequence'),
        ])
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(selectFrom('users as other').select('other.id').where('name_skeleton', '=', values.name_skeleton)),
          ),
        ),
    )
    .onConflict((conflict) => conflict.doNothing()),
)
