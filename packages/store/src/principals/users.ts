import type { AuditEvent, User, Users } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { fromJson, integer, optionalInteger, orNull, toJson } from '../column.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { rowOf, statement } from '../engine/statement.ts'
import { writeAudit } from '../operation/audit.ts'
import type { UsersTable } from '../schema.ts'
import { changePassword, upgradePasswordHash } from './password.ts'

/** People on SQL. The single owner (I7) and the unique name are the schema's; here only their outcomes are told apart. */
export const usersOn = (engine: Engine): Users => ({
  find: async (id) => userFrom(await engine.read.first(findById, { id })),
  findByName: async (canonicalName) => userFrom(await engine.read.first(findByName, { canonicalName })),
  findOwner: async () => userFrom(await engine.read.first(findOwner, {})),
  create: (user, audit) => engine.write((execute) => create(execute, user, audit)),
  changePassword: (change, audit) => engine.write((execute) => changePassword(execute, change, audit)),
  upgradePasswordHash: (userId, from, to) =>
    engine.write(async (execute) => {
      await execute.run(upgradePasswordHash, { userId, from, to })
    }),
})

/** A taken name is told before a second owner. */
const create = async (execute: Executor, user: User, audit: AuditEvent) => {
  if ((await execute.run(insert, rowFrom(user))) === 1) {
    await writeAudit(execute, audit)
    return 'created'
  }
  if (await execute.first(findByName, { canonicalName: user.canonicalName })) return 'username_taken'
  if (user.role === 'owner' && (await execute.first(findOwner, {}))) return 'owner_exists'
  throw new StoreError('conflict', new Error('a user of this id exists'))
}

const findById = statement<{ id: string }>()((db, slots) =>
  db.selectFrom('users').selectAll().where('id', '=', slots.id),
)

const findByName = statement<{ canonicalName: string }>()((db, slots) =>
  db.selectFrom('users').selectAll().where('canonical_name', '=', slots.canonicalName),
)

/** The literal makes it match the index that lets there be only one. */
const findOwner = statement<Record<never, never>>()((db) =>
  db.selectFrom('users').selectAll().where('role', '=', sql.lit('owner')),
)

const columns = [
  ...(['id', 'username', 'canonical_name', 'role', 'required_factors', 'password_hash'] as const),
  ...(['created_at', 'disabled_at', 'sessions_epoch', 'personal_epoch'] as const),
]

const insert = statement<UsersTable>()((db, slots) =>
  db
    .insertInto('users')
    .values(rowOf(slots, columns))
    .onConflict((conflict) => conflict.doNothing()),
)

const userFrom = (row: UsersTable | undefined): User | undefined =>
  row && {
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
  }

const rowFrom = (user: User): UsersTable => ({
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
})
