import type { AuditEvent, KeyAddition, Keys, StoredKeySet } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { bytes, integer, optionalInteger, orNull } from '../schema/column.ts'
import type { KeySetsTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'
import { bumpMark, readMark } from '../sequences/numbers.ts'

/** Key sets, sealed. Every change moves the revision, which all processes watch. */
export const keysOn = (engine: Engine): Keys => ({
  list: async () => (await engine.read.all(listKeySets, {})).map(keySetFrom),
  revision: () => readMark(engine, 'keys_revision'),
  add: (addition, audit) => engine.write((execute) => add(execute, addition, audit)),
  revoke: (kid, at, audit, successor) =>
    engine.write(async (execute) => {
      if ((await execute.first(findUnrevoked, { kid })) === undefined) return 'unchanged'
      // First the successor, as a rotation before it would: nothing is left without a set that signs.
      if (successor && (await add(execute, successor.addition, successor.audit)) === 'conflict') return 'conflict'
      await revokeEach(execute, [kid], at, [audit])
      return 'revoked'
    }),
  revokeAll: (kids, at, audit, successor) =>
    engine.write(async (execute) => {
      if ((await add(execute, successor.addition, successor.audit)) === 'conflict') return 'conflict'
      await revokeEach(execute, kids, at, audit)
      return 'revoked'
    }),
})

const revokeEach = async (
  execute: Executor,
  kids: readonly string[],
  at: number,
  audit: readonly AuditEvent[],
): Promise<void> => {
  for (const kid of kids) await execute.run(revoke, { kid, at })
  await execute.run(bumpMark, { name: 'keys_revision' })
  for (const event of audit) await writeAudit(execute, event)
}

const add = async (execute: Executor, { set, after, removing }: KeyAddition, audit: AuditEvent) => {
  const newest = await execute.first(newestKeySet, {})
  if (newest?.number !== after) return 'conflict'
  for (const number of removing) await execute.run(remove, { number })
  await execute.run(supersede, { at: set.activatesAt })
  await execute.run(insert, rowFrom(set))
  await execute.run(bumpMark, { name: 'keys_revision' })
  await writeAudit(execute, audit)
  return 'added'
}

const listKeySets = statement<Record<never, never>>()((db) => db.selectFrom('key_sets').selectAll().orderBy('sequence'))

const newestKeySet = statement<Record<never, never>>()((db) =>
  db.selectFrom('key_sets').select('number').orderBy('sequence', 'desc').limit(1),
)

const findUnrevoked = statement<{ kid: string }>()((db, slots) =>
  db.selectFrom('key_sets').select('kid').where('kid', '=', slots.kid).where('revoked_at', 'is', null),
)

const columns = [
  ...(['number', 'kid', 'algorithm', 'public_jwk', 'sealed'] as const),
  ...(['created_at', 'activates_at', 'superseded_at', 'revoked_at'] as const),
]

const insert = statement<Omit<KeySetsTable, 'sequence'>>()((db, slots) =>
  db.insertInto('key_sets').values(rowOf(slots, columns) as KeySetsTable),
)

const supersede = statement<{ at: number }>()((db, slots) =>
  db.updateTable('key_sets').set({ superseded_at: slots.at }).where('superseded_at', 'is', null),
)

const revoke = statement<{ kid: string; at: number }>()((db, slots) =>
  db.updateTable('key_sets').set({ revoked_at: slots.at }).where('kid', '=', slots.kid).where('revoked_at', 'is', null),
)

const remove = statement<{ number: number }>()((db, slots) =>
  db.deleteFrom('key_sets').where('number', '=', slots.number),
)

const keySetFrom = (row: KeySetsTable): StoredKeySet => ({
  number: integer(row.number),
  kid: row.kid,
  algorithm: row.algorithm,
  publicJwk: row.public_jwk,
  sealed: bytes(row.sealed),
  createdAt: integer(row.created_at),
  activatesAt: integer(row.activates_at),
  supersededAt: optionalInteger(row.superseded_at),
  revokedAt: optionalInteger(row.revoked_at),
})

const rowFrom = (set: StoredKeySet): Omit<KeySetsTable, 'sequence'> => ({
  number: set.number,
  kid: set.kid,
  algorithm: set.algorithm,
  public_jwk: set.publicJwk,
  sealed: set.sealed,
  created_at: set.createdAt,
  activates_at: set.activatesAt,
  superseded_at: orNull(set.supersededAt),
  revoked_at: orNull(set.revokedAt),
})
