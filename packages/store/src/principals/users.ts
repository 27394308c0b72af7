import type { AuditEvent, Enrolment, User, UserPage, Users } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { type Kysely, sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { putSecret } from '../factors/slots.ts'
import { fromJson, integer, optionalInteger, orNull, toJson } from '../schema/column.ts'
import type { Database, UsersTable } from '../schema/schema.ts'
import { statement } from '../schema/statement.ts'
import { madeAfter, nextPlace } from '../sequences/creation-order.ts'
import { pageOf } from '../sequences/page.ts'
import { writeOn } from '../validity/condition.ts'
import { transferOwnership } from './ownership.ts'
import { changePassword, passwordColumns, refinePassword } from './password.ts'
import { removeUser } from './removal.ts'
import { endEverybodys, endOthers } from './session-ends.ts'
import { change, chooseRequiredFactors, reset, revokeAll } from './user-changes.ts'

/** People on SQL. The single owner (I7) and the unique name are the schema's; here only their outcomes are told apart. */
export const usersOn = (engine: Engine): Users => ({
  find: async (id) => userFrom(await engine.read.first(findById, { id })),
  findByName: async (canonicalName) => userFrom(await engine.read.first(findByName, { canonicalName })),
  findOwner: async () => userFrom(await engine.read.first(findOwner, {})),
  create: (user, audit, { secret, on } = {}) => writeOn(engine, on, (execute) => create(execute, user, audit, secret)),
  changePassword: (change, on, audit) => writeOn(engine, on, (execute) => changePassword(execute, change, audit)),
  refinePassword: (userId, from, refined) =>
    engine.write(async (execute) => {
      await execute.run(refinePassword, { userId, from, ...passwordColumns(refined) })
    }),
  list: (page) => list(engine.read, page),
  change: (id, changes, on, audit) => writeOn(engine, on, (execute) => change(execute, id, changes, audit)),
  chooseRequiredFactors: (choice, on, audit) =>
    writeOn(engine, on, (execute) => chooseRequiredFactors(execute, choice, audit)),
  reset: (given, on, audit) => writeOn(engine, on, (execute) => reset(execute, given, audit)),
  remove: (id, audit, on) => writeOn(engine, on, (execute) => removeUser(execute, id, audit)),
  transferOwnership: (from, to, on, audit) =>
    writeOn(engine, on, (execute) => transferOwnership(execute, from, to, audit)),
  revokeAll: (id, options, audit, on) => writeOn(engine, on, (execute) => revokeAll(execute, id, options, audit)),
  endOtherSessions: (of, on, audit) => writeOn(engine, on, (execute) => endOthers(execute, of, audit)),
  endEverybodysSessions: (keep, on, audit) => writeOn(engine, on, (execute) => endEverybodys(execute, keep, audit)),
})

/** A taken name, or one that looks like it, is told before a second owner. */
const create = async (execute: Executor, user: User, audit: AuditEvent, secret: Enrolment | undefined) => {
  if ((await execute.run(insert, rowFrom(user))) === 1) {
    if (secret) await putSecret(execute, secret)
    await writeAudit(execute, audit)
    return 'created'
  }
  if (await execute.first(findAlike, rowFrom(user))) return 'username_taken'
  if (user.role === 'owner' && (await execute.first(findOwner, {}))) return 'owner_exists'
  throw new StoreError('conflict', new Error('a user of this id exists'))
}

const list = async (read: Executor, { limit, after }: Parameters<Users['list']>[0]): Promise<UserPage> => {
  const slots = { limit: limit + 1 }
  const found = after === undefined ? await read.all(firstPage, slots) : await read.all(laterPage, { ...slots, after })
  const { rows, next } = pageOf(found, limit)
  return { users: rows.map(userOf), next }
}

const inOrder = (db: Kysely<Database>, limit: number) =>
  db.selectFrom('users').selectAll().orderBy('sequence').orderBy('id').limit(limit)

const firstPage = statement<{ limit: number }>()((db, slots) => inOrder(db, slots.limit))

const laterPage = statement<{ limit: number; after: string }>()((db, slots) =>
  inOrder(db, slots.limit).where(madeAfter('users', slots.after)),
)

const findById = statement<{ id: string }>()((db, slots) =>
  db.selectFrom('users').selectAll().where('id', '=', slots.id),
)

const findByName = statement<{ canonicalName: string }>()((db, slots) =>
  db.selectFrom('users').selectAll().where('canonical_name', '=', slots.canonicalName),
)

type UserRow = Omit<UsersTable, 'sequence'>

/** The literal makes it match the index that lets there be only one. */
const findOwner = statement<Record<never, never>>()((db) =>
  db.selectFrom('users').selectAll().where('role', '=', sql.lit('owner')),
)

const columns = [
  ...(['id', 'username', 'canonical_name', 'role', 'required_factors', 'password_hash'] as const),
  ...(['created_at', 'disabled_at', 'sessions_epoch', 'personal_epoch', 'version'] as const),
  ...(['name_skeleton', 'must_change_since', 'password_stands_alone'] as const),
]

/** Whoever has the name, or one that looks like it. No index forbids that: names that were given before may look alike. */
const findAlike = statement<UserRow>()((db, slots) =>
  db
    .selectFrom('users')
    .select('id')
    .where((eb) =>
      eb.or([eb('canonical_name', '=', slots.canonical_name), eb('name_skeleton', '=', slots.name_skeleton)]),
    )
    .limit(1),
)

const insert = statement<UserRow>()((db, slots) =>
  db
    .insertInto('users')
    .columns([...columns, 'sequence'])
    .expression(
      db
        .selectNoFrom((eb) => [
          ...columns.map((column) => eb.val(slots[column]).as(column)),
          nextPlace('users').as('sequence'),
        ])
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('users as other').select('other.id').where('name_skeleton', '=', slots.name_skeleton))),
        ),
    )
    .onConflict((conflict) => conflict.doNothing()),
)

const userFrom = (row: UserRow | undefined): User | undefined => row && userOf(row)

const userOf = (row: UserRow): User => ({
  id: row.id,
  username: row.username,
  canonicalName: row.canonical_name,
  role: row.role,
  requiredFactors: fromJson<User['requiredFactors']>(row.required_factors),
  passwordHash: row.password_hash ?? undefined,
  createdAt: integer(row.created_at),
  disabledAt: optionalInteger(row.disabled_at),
  sessionsEpoch: integer(row.sessions_epoch),
  personalEpoch: integer(row.personal_epoch),
  version: integer(row.version),
  nameSkeleton: row.name_skeleton,
  mustChangeSince: optionalInteger(row.must_change_since),
  passwordStandsAlone: row.password_stands_alone === null ? undefined : integer(row.password_stands_alone) === 1,
})

const rowFrom = (user: User): UserRow => ({
  id: user.id,
  username: user.username,
  canonical_name: user.canonicalName,
  role: user.role,
  required_factors: toJson(user.requiredFactors),
  password_hash: orNull(user.passwordHash),
  created_at: user.createdAt,
  disabled_at: orNull(user.disabledAt),
  sessions_epoch: user.sessionsEpoch,
  personal_epoch: user.personalEpoch,
  version: user.version,
  name_skeleton: user.nameSkeleton,
  must_change_since: orNull(user.mustChangeSince),
  password_stands_alone: user.passwordStandsAlone === undefined ? null : user.passwordStandsAlone ? 1 : 0,
})
