import type { AuditEvent, KeyAddition, Keys } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer, text } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { insert, select, statement } from '../schema/statement.ts'
import { keySets } from '../schema/tables.ts'
import { addOne, readNumber } from '../sequences/numbers.ts'

/** Sealed key sets. Every change raises the revision, which all processes watch. */
export const keysOn = (engine: Engine): Keys => ({
  list: () => engine.read.all(listKeySets, {}),
  revision: () => readNumber(engine, 'keys_revision'),
  add: (addition, audit) => engine.write((execute) => add(execute, addition, audit), [aloneOn.keySets]),
  revoke: (kid, at, audit, successor) =>
    engine.write(
      async (execute) => {
        if ((await execute.first(findUnrevoked, { kid })) === undefined) return 'unchanged'
        // The successor first, as in a rotation: there is always a set that signs.
        if (successor && (await add(execute, successor.addition, successor.audit)) === 'conflict') return 'conflict'
        await revokeEach(execute, [kid], at, [audit])
        return 'revoked'
      },
      [aloneOn.keySets],
    ),
  revokeAll: (kids, at, audit, successor) =>
    engine.write(
      async (execute) => {
        if ((await add(execute, successor.addition, successor.audit)) === 'conflict') return 'conflict'
        await revokeEach(execute, kids, at, audit)
        return 'revoked'
      },
      [aloneOn.keySets],
    ),
})

const revokeEach = async (
  execute: Executor,
  kids: readonly string[],
  at: number,
  audit: readonly AuditEvent[],
): Promise<void> => {
  for (const kid of kids) await execute.run(revoke, { kid, at })
  await execute.run(addOne, { name: 'keys_revision' })
  for (const event of audit) await writeAudit(execute, event)
}

const add = async (execute: Executor, { set, after, removing }: KeyAddition, audit: AuditEvent) => {
  const newest = await execute.first(newestKeySet, {})
  if (newest?.number !== after) return 'conflict'
  for (const number of removing) await execute.run(remove, { number })
  await execute.run(supersede, { at: set.activatesAt })
  await execute.run(insertKeySet, set)
  await execute.run(addOne, { name: 'keys_revision' })
  await writeAudit(execute, audit)
  return 'added'
}

const listKeySets = select(keySets, {}, (rows) => rows.orderBy('sequence'))

const newestKeySet = select(part(keySets, 'number'), {}, (rows) => rows.orderBy('sequence', 'desc').limit(1))

const findUnrevoked = select(part(keySets, 'kid'), { kid: text }, (rows, { kid }) =>
  rows.where('kid', '=', kid).where('revoked_at', 'is', null),
)

const insertKeySet = insert(keySets)

const supersede = statement({ at: integer }, (db, { at }) =>
  db.updateTable('key_sets').set({ superseded_at: at }).where('superseded_at', 'is', null),
)

const revoke = statement({ kid: text, at: integer }, (db, { kid, at }) =>
  db.updateTable('key_sets').set({ revoked_at: at }).where('kid', '=', kid).where('revoked_at', 'is', null),
)

const remove = statement({ number: integer }, (db, { number }) =>
  db.deleteFrom('key_sets').where('number', '=', number),
)
