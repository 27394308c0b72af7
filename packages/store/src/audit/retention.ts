import type { AuditRetention } from '@countersign/core'
import type { Engine, Executor } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer } from '../schema/kind.ts'
import { number, remove, statement } from '../schema/statement.ts'
import { batchSize, rest } from '../sequences/forget.ts'
import { raise } from '../sequences/numbers.ts'
import { writeAudit } from './audit.ts'
import { removableThrough } from './exports.ts'
import { type OldEntry, oldPages, type Trail } from './old-pages.ts'
import { overdueCounter } from './overdue.ts'

/** Records what may be removed in a commit before anything is removed: the schema refuses the removal otherwise. */
export const collectGarbage = async (
  engine: Engine,
  retention: AuditRetention,
  signal?: AbortSignal,
): Promise<number> => {
  const { before, rotationsBefore, drop } = retention
  if (drop) await allowDrop(engine, before, drop)
  const removed = await forgetEntries(engine, before, signal)
  return removed + (await forgetRotations(engine, rotationsBefore, signal))
}

/** Counts outside of the unit, since it takes long. If something was exported meanwhile, it is done next time. */
const allowDrop = async (engine: Engine, before: number, drop: AuditRetention['drop'] & object): Promise<void> => {
  const { count, through, removable } = await overdueCounter(engine.read)(before)
  if (count === 0) return
  await engine.write([aloneOn.retention], async (execute) => {
    if ((await removableThrough(execute)) !== removable) return
    await execute.run(raise, { name: 'audit_dropped', value: through })
    await writeAudit(execute, drop({ count, through }))
  })
}

/** Where nothing was exported, nothing is looked at. */
const forgetEntries = async (engine: Engine, before: number, signal?: AbortSignal): Promise<number> => {
  const removable = await removableThrough(engine.read)
  if (((await engine.read.first(firstEntry, {})) ?? 0) > removable) return 0
  return forgetPages(engine, { trail: 'audit', before, signal }, (page) => {
    const within = page.filter(({ sequence }) => sequence <= removable)
    return within.length === 0 ? undefined : (execute) => execute.run(forgetRange.audit, rangeOf(within))
  })
}

const forgetRotations = (engine: Engine, before: number, signal?: AbortSignal): Promise<number> =>
  forgetPages(engine, { trail: 'rotations', before, signal }, (page) => async (execute) => {
    const range = rangeOf(page)
    await execute.run(raise, { name: 'rotations_dropped', value: range.lastSequence })
    return execute.run(forgetRange.rotations, range)
  })

interface Old {
  readonly trail: Trail
  readonly before: number
  readonly signal: AbortSignal | undefined
}

/** @param removal What removes a page; `undefined`: it stays. */
const forgetPages = async (
  engine: Engine,
  { trail, before, signal }: Old,
  removal: (page: readonly OldEntry[]) => ((execute: Executor) => Promise<number>) | undefined,
): Promise<number> => {
  let removed = 0
  let began = engine.pause.elapsedMilliseconds()
  for await (const page of oldPages(engine.read, trail, { before, limit: batchSize })) {
    const remove = removal(page)
    if (remove) removed += await engine.write([], remove)
    if (signal?.aborted) break
    if (page.length === batchSize) await rest(engine.pause, began)
    began = engine.pause.elapsedMilliseconds()
  }
  return removed
}

/** The entries of a page are in order of time, and nearly in that of their places. */
const rangeOf = (page: readonly OldEntry[]) => {
  const sequences = page.map(({ sequence }) => sequence)
  return {
    firstAt: page[0]?.at ?? 0,
    lastAt: page.at(-1)?.at ?? 0,
    firstSequence: Math.min(...sequences),
    lastSequence: Math.max(...sequences),
  }
}

const range = { firstAt: integer, lastAt: integer, firstSequence: integer, lastSequence: integer } as const

const rangeOfTrail = (trail: Trail) =>
  remove(trail, range, (rows, slots) =>
    rows
      .where('at', '>=', slots.firstAt)
      .where('at', '<=', slots.lastAt)
      .where('sequence', '>=', slots.firstSequence)
      .where('sequence', '<=', slots.lastSequence),
  )

const forgetRange = { audit: rangeOfTrail('audit'), rotations: rangeOfTrail('rotations') } as const

const firstEntry = statement(
  {},
  (db) => db.selectFrom('audit').select((eb) => eb.fn.min('sequence').as('first')),
  number,
)
