import type { AuditEntry, AuditFilter, AuditPlace, AuditTrail } from '@countersign/core'
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import type { Database } from '../schema/database.ts'
import { integer, orAbsent, text } from '../schema/kind.ts'
import type { Slots } from '../schema/row.ts'
import { byShape, select } from '../schema/statement.ts'
import { auditEntries, rotatedAction, rotationEntries } from '../schema/tables.ts'

type Page = Parameters<AuditTrail['list']>[0]

/** Newest first, of both trails. */
export const list = async (read: Executor, { filter = {}, before, limit }: Page): Promise<readonly AuditEntry[]> => {
  const shape = shapeOf(filter, before)
  const asked = { ...filter, beforeAt: before?.at, beforeSequence: before?.sequence, limit }
  const found: AuditEntry[] = []
  if (filter.action !== rotatedAction) found.push(...(await read.all(listOf.audit(shape), asked)))
  if (filter.action === undefined || filter.action === rotatedAction) {
    found.push(...(await read.all(listOf.rotations(shape), asked)))
  }
  return found.sort(shape.isFiltered ? byTime : byPlace).slice(0, limit)
}

const byPlace = (one: AuditPlace, other: AuditPlace): number => other.sequence - one.sequence
const byTime = (one: AuditPlace, other: AuditPlace): number => other.at - one.at || byPlace(one, other)

/** Oldest first, of both trails. */
export const listAfter = async (read: Executor, sequence: number, limit: number): Promise<readonly AuditEntry[]> => {
  const audit: readonly AuditEntry[] = await read.all(auditAfter, { sequence, limit })
  const rotations: readonly AuditEntry[] = await read.all(rotationsAfter, { sequence, limit })
  return [...audit, ...rotations].sort((one, other) => one.sequence - other.sequence).slice(0, limit)
}

/** The filters that have an index. The first one leaves the fewest entries. */
const columnOf = {
  authorizationId: { audit: 'authorization_id', rotations: 'authorization_id' },
  subject: { audit: 'subject_id', rotations: 'subject_id' },
  actor: { audit: 'actor_id', rotations: 'subject_id' },
  clientId: { audit: 'client_id', rotations: 'client_id' },
  action: { audit: 'action', rotations: undefined },
} as const satisfies Readonly<Record<string, Readonly<Record<Trail, string | undefined>>>>
type Trail = 'audit' | 'rotations'
type Equal = keyof typeof columnOf

export interface Shape {
  readonly isFiltered: boolean
  readonly equal: readonly Equal[]
  readonly from: boolean
  readonly to: boolean
  readonly later: boolean
}

const shapeOf = (filter: AuditFilter, before: AuditPlace | undefined): Shape => {
  const equal = (Object.keys(columnOf) as Equal[]).filter((name) => filter[name] !== undefined)
  const [from, to] = [filter.from !== undefined, filter.to !== undefined]
  return { isFiltered: equal.length > 0 || from || to, equal, from, to, later: before !== undefined }
}

const asked = {
  authorizationId: orAbsent(text),
  subject: orAbsent(text),
  actor: orAbsent(text),
  clientId: orAbsent(text),
  action: orAbsent(text),
  from: orAbsent(integer),
  to: orAbsent(integer),
  beforeAt: orAbsent(integer),
  beforeSequence: orAbsent(integer),
  limit: integer,
} as const

export const listOf = {
  audit: byShape((shape: Shape) => select(auditEntries, asked, (rows, slots) => build(rows, slots, 'audit', shape))),
  rotations: byShape((shape: Shape) =>
    select(rotationEntries, asked, (rows, slots) => build(rows, slots, 'rotations', shape)),
  ),
}

const build = <N extends Trail, O>(
  rows: SelectQueryBuilder<Database, N, O>,
  slots: Slots<typeof asked>,
  trail: N,
  shape: Shape,
) => {
  const found = conditionsOf(slots, trail, shape).reduce((left, condition) => left.where(condition), rows)
  const ordered = shape.isFiltered ? found.orderBy(sql`at`, 'desc') : found
  return ordered.orderBy(sql`sequence`, 'desc').limit(slots.limit)
}

const conditionsOf = (slots: Slots<typeof asked>, trail: Trail, shape: Shape): readonly RawBuilder<boolean>[] => {
  const columns = shape.equal.flatMap((name) => {
    const column = columnOf[name][trail]
    return column === undefined ? [] : [{ column, value: slots[name] }]
  })
  const conditions = columns.map(({ column, value }, at) => {
    // The first condition chooses the index. An expression keeps the others from choosing one.
    const ref = at === 0 ? sql.ref(column) : sql`coalesce(${sql.ref(column)}, '')`
    return sql<boolean>`${ref} = ${value}`
  })
  if (shape.from) conditions.push(sql<boolean>`at >= ${slots.from}`)
  if (shape.to) conditions.push(sql<boolean>`at < ${slots.to}`)
  if (shape.later && shape.isFiltered) {
    conditions.push(sql<boolean>`at <= ${slots.beforeAt}`)
    conditions.push(sql<boolean>`(at < ${slots.beforeAt} or sequence < ${slots.beforeSequence})`)
  }
  if (shape.later && !shape.isFiltered) conditions.push(sql<boolean>`sequence < ${slots.beforeSequence}`)
  return conditions
}

const page = { sequence: integer, limit: integer } as const

const auditAfter = select(auditEntries, page, (rows, { sequence, limit }) =>
  rows.where('sequence', '>', sequence).orderBy('sequence').limit(limit),
)

const rotationsAfter = select(rotationEntries, page, (rows, { sequence, limit }) =>
  rows.where('sequence', '>', sequence).orderBy('sequence').limit(limit),
)
