import type { Unmet, WriteCondition } from '@countersign/core'
import type { Engine, Executor, Unit } from '../engine/engine.ts'
import { statement } from '../schema/statement.ts'
import { isActive } from './active.ts'

/**
 * Runs a unit only if its condition is met, in the same transaction. Units run one after another, so that nothing comes
 * between the look and the write.
 */
export const writeOn = <T>(engine: Engine, condition: WriteCondition | undefined, unit: Unit<T>): Promise<T | Unmet> =>
  engine.write(async (execute) => (condition && (await unmet(execute, condition))) ?? (await unit(execute)))

const unmet = async (execute: Executor, { person, asking, latest }: WriteCondition): Promise<Unmet | undefined> => {
  if (asking !== undefined && (await execute.first(findActive, { id: asking, latest })) === undefined) return 'ended'
  if (person !== undefined && (await execute.first(findVersion, person)) === undefined) return 'stale'
  return undefined
}

const findVersion = statement<{ id: string; version: number }>()((db, slots) =>
  db.selectFrom('users').select('id').where('id', '=', slots.id).where('version', '=', slots.version),
)

const findActive = statement<{ id: string; latest: number }>()((db, slots) =>
  db.selectFrom('authorizations').select('id').where('id', '=', slots.id).where(isActive(slots.latest)),
)
