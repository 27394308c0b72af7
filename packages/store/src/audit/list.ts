import type { AuditEntry, AuditFilter, AuditPlace, AuditTrail } from '@countersign/core'
import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import type { Statement } from '../engine/statement.ts'
import type { AuditTable, Database, RotationsTable } from '../schema/schema.ts'
import { statement } from '../schema/statement.ts'
import { entryFrom, rotatedAction, rotationFrom } from './row.ts'

type Page = Parameters<AuditTrail['list']>[0]
type Trail = 'audit' | 'rotations'
type Row = AuditTable & RotationsTable

/** Newest first, of both trails. */
export const list = async (read: Executor, { filter = {}, before, limit }: Page): Promise<readonly AuditEntry[]> => {
  const shape = shapeOf(filter, before)
  const slots = { ...filter, beforeAt: before?.at, beforeSequence: before?.sequence, limit }
  const found = []
  if (filter.action !== rotatedAction) found.push(...(await read.all(listOf('audit', shape), slots)).map(entryFrom))
  if (filter.action === undefined || filter.action === rotatedAction) {
    found.push(...(await read.all(listOf('rotations', shape), slots)).map(rotationFrom))
  }
  return found.sort(shape.isFiltered ? byTime : byPlace).slice(0, limit)
}

const byPlace = (one: AuditPlace, other: AuditPlace): number => other.sequence - one.sequence
const byTime = (one: AuditPlace, other: AuditPlace): number => other.at - one.at || byPlace(one, other)

/** Oldest first, of both trails. */
export const listAfter = async (read: Executor, sequence: number, limit: number): Promise<readonly AuditEntry[]> => {
  const audit = (await read.all(auditAfter, { sequence, limit })).map(entryFrom)
  const rotations = (await read.all(rotationsAfter, { sequence, limit })).map(rotationFrom)
  return [...audit, ...rotations].sort((one, other) => one.sequence - other.sequence).slice(0, limit)
}

/** The filters that have an index, the one that leaves the fewest entries first. */
const columnOf = {
  authorizationId: { audit: 'authorization_id', rotations: 'authorization_id' },
  subject: { audit: 'subject_id', rotations: 'subject_id' },
  actor: { audit: 'actor_id', rotations: 'subject_id' },
  clientId: { audit: 'client_id', rotations: 'client_id' },
  action: { audit: 'action', rotations: undefined },
} as const satisfies Readonly<Record<string, Readonly<Record<Trail, string | undefined>>>>
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

type Slots = AuditFilter & {
  readonly beforeAt: number | undefined
  readonly beforeSequence: number | undefined
  readonly limit: number
}

/** One statement per shape: a condition that is not meant is not there, and each list finds the index that is made for it. */
const statements = new Map<string, Statement<Slots, Row>>()

export const listOf = (trail: Trail, shape: Shape): Statement<Slots, Row> => {
  const key = [trail, ...Object.values(shape)].join()
  const known = statements.get(key)
  if (known !== undefined) return known
  const made = statement<Slots>()((db, slots) => build(db, slots, trail, shape))
  statements.set(key, made)
  return made
}

const build = (db: Kysely<Database>, slots: Slots, trail: Trail, shape: Shape) => {
  const rows = db.selectFrom(trail).selectAll() as unknown as SelectQueryBuilder<Database, Trail, Row>
  const conditions = conditionsOf(slots, trail, shape)
  const ordered = shape.isFiltered ? rows.orderBy('at', 'desc') : rows
  return conditions
    .reduce((found, condition) => found.where(condition), ordered)
    .orderBy('sequence', 'desc')
    .limit(slots.limit)
}

const conditionsOf = (slots: Slots, trail: Trail, shape: Shape): readonly RawBuilder<boolean>[] => {
  const columns = shape.equal.flatMap((name) => {
    const column = columnOf[name][trail]
    return column === undefined ? [] : [{ column, value: slots[name] }]
  })
  const conditions = columns.map(({ column, value }, at) => {
    // The plus keeps a condition from choosing an index: the first one does.
    const ref = at === 0 ? sql.ref(column) : sql`+${sql.ref(column)}`
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

interface After {
  readonly sequence: number
  readonly limit: number
}

const auditAfter = statement<After>()((db, slots) =>
  db.selectFrom('audit').selectAll().where('sequence', '>', slots.sequence).orderBy('sequence').limit(slots.limit),
)

const rotationsAfter = statement<After>()((db, slots) =>
  db.selectFrom('rotations').selectAll().where('sequence', '>', slots.sequence).orderBy('sequence').limit(slots.limit),
)
