import type { Unmet, WriteCondition } from '@countersign/core'
import type { Engine, Executor, Unit } from '../engine/engine.ts'
import type { Key } from '../engine/statement.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer, text } from '../schema/kind.ts'
import { statement } from '../schema/statement.ts'
import { isActive } from './active.ts'

/**
 * This folder owns what is valid: which Authorizations are active, whether the condition of a write holds, and the epochs and
 * versions whose rise makes older sessions and proofs invalid.
 *
 * Runs a unit only if its condition is met, in the same transaction. The unit is alone on the user of the condition. Every unit
 * that changes how this user authenticates names the same key, so none runs between the check and the write. The asking
 * session may be revoked at the same time: then the write counts as the earlier one.
 */
export const writeOn = <T>(
  engine: Engine,
  condition: WriteCondition | undefined,
  keys: readonly Key[],
  unit: Unit<T>,
): Promise<T | Unmet> => {
  const user = condition?.user
  return engine.write(
    user === undefined ? keys : [aloneOn.user(user.id), ...keys],
    async (execute) => (condition && (await unmet(execute, condition))) ?? (await unit(execute)),
  )
}

const unmet = async (execute: Executor, { user, asking, latest }: WriteCondition): Promise<Unmet | undefined> => {
  if (asking !== undefined && (await execute.first(findActive, { id: asking, latest })) === undefined) return 'ended'
  if (user !== undefined && (await execute.first(findVersion, user)) === undefined) return 'stale'
  return undefined
}

const findVersion = statement({ id: text, version: integer }, (db, slots) =>
  db.selectFrom('users').select('id').where('id', '=', slots.id).where('version', '=', slots.version),
)

const findActive = statement({ id: text, latest: integer }, (db, slots) =>
  db.selectFrom('authorizations').select('id').where('id', '=', slots.id).where(isActive(slots.latest)),
)
