import type { AuditEvent, KeyAddition, Keys } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { writeWide } from '../revocations/write.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer, text } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { insert, remembered, remove, select, uncounted, update } from '../schema/statement.ts'
import { keySets, marks, sealedSecrets } from '../schema/tables.ts'
import { nextPlace } from '../sequences/creation-order.ts'
import { addOne } from '../sequences/numbers.ts'
import { writeOn } from '../validity/condition.ts'

/** Sealed key sets. Every change raises the revision, which all processes watch. */
export const keysOn = (engine: Engine): Keys => ({
  list: () => engine.read.all(listKeySets, {}),
  revision: async () => (await engine.read.first(findRevision, {}))?.value ?? 0,
  sealedPepper: async () => (await engine.read.first(findSecret, { name: 'password_pepper' }))?.sealed,
  add: (addition, audit, on) => writeOn(engine, on, [aloneOn.keySets], (execute) => add(execute, addition, audit)),
  revoke: (kid, at, audit, { successor, on } = {}) =>
    writeOn(engine, on, [aloneOn.keySets], async (execute) => {
      if ((await execute.first(findUnrevoked, { kid })) === undefined) return 'unchanged'
      // The successor first, as in a rotation: there is always a set that signs.
      if (successor && (await add(execute, successor.addition, successor.audit)) === 'conflict') return 'conflict'
      await revokeEach(execute, [kid], at, [audit])
      return 'revoked'
    }),
  revokeAll: (kids, at, audit, successor) =>
    engine.write([aloneOn.keySets], async (execute) => {
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
  for (const kid of kids) {
    if ((await execute.run(revoke, { kid, at })) > 0) await writeWide(execute, 'key', kid, at)
  }
  await execute.run(addOne, { name: 'keys_revision' })
  for (const event of audit) await writeAudit(execute, event)
}

const add = async (execute: Executor, { set, after, removing }: KeyAddition, audit: AuditEvent) => {
  const newest = await execute.first(newestKeySet, {})
  if (newest?.number !== after) return 'conflict'
  for (const number of removing) await execute.run(removeOne, { number })
  await execute.run(supersede, { at: set.activatesAt })
  await execute.run(insertKeySet, set)
  await execute.run(addOne, { name: 'keys_revision' })
  await writeAudit(execute, audit)
  return 'added'
}

const listKeySets = select(keySets, {}, (rows) => rows.orderBy('sequence'))

/** Asked at every request: the known answer, until a commit. */
const findRevision = uncounted(
  remembered(
    select(part(marks, 'value'), {}, (rows) => rows.where('name', '=', 'keys_revision')),
    { marks: () => ['keys_revision'] },
  ),
)

const { name } = sealedSecrets.definition

const findSecret = select(part(sealedSecrets, 'sealed'), { name }, (rows, slots) => rows.where('name', '=', slots.name))

const newestKeySet = select(part(keySets, 'number'), {}, (rows) => rows.orderBy('sequence', 'desc').limit(1))

const findUnrevoked = select(part(keySets, 'kid'), { kid: text }, (rows, { kid }) =>
  rows.where('kid', '=', kid).where('revoked_at', 'is', null),
)

/** The newest set is never removed, so that no place is given twice. */
const insertKeySet = insert(keySets, (into, values) => into.values({ ...values, sequence: nextPlace('key_sets') }))

const supersede = update('key_sets', { at: integer }, (rows, { at }) =>
  rows.set({ superseded_at: at }).where('superseded_at', 'is', null),
)

const revoke = update('key_sets', { kid: text, at: integer }, (rows, { kid, at }) =>
  rows.set({ revoked_at: at }).where('kid', '=', kid).where('revoked_at', 'is', null),
)

const removeOne = remove('key_sets', { number: integer }, (rows, { number }) => rows.where('number', '=', number))
