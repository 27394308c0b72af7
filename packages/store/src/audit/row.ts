import type { AuditEntry, AuditEvent, Subject } from '@countersign/core'
import { sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { fromJson, integer, orNull, toJson } from '../schema/column.ts'
import type { AuditTable, RotationsTable } from '../schema/schema.ts'
import { rowOf, statement } from '../schema/statement.ts'

/** The action whose rows are a trail of their own. */
export const rotatedAction = 'authorization_rotated'

/** Appends one row to the trail that the event belongs to. */
export const writeRow = async (execute: Executor, event: AuditEvent): Promise<void> => {
  if (event.action === rotatedAction) await execute.run(insertRotation, concernedBy(event))
  else {
    const actor = { actor_kind: orNull(event.actor?.kind), actor_id: orNull(event.actor?.id) }
    await execute.run(insert, { ...concernedBy(event), ...actor, action: event.action })
  }
}

const concernedBy = (event: AuditEvent): Omit<RotationsTable, 'sequence'> => ({
  at: event.at,
  subject_kind: orNull(event.subject?.kind),
  subject_id: orNull(event.subject?.id),
  authorization_id: orNull(event.authorizationId),
  client_id: orNull(event.clientId),
  dialect: orNull(event.dialect),
  address: orNull(event.address),
  request_id: orNull(event.requestId),
  detail: event.detail === undefined ? null : toJson(event.detail),
})

/** One more than the last of both trails: units of writing run one after the other, so that places are in their order. */
const nextPlace = sql<number>`(select coalesce(max(place), 0) + 1 from
  (select max(sequence) as place from audit union all select max(sequence) from rotations))`

const rotationColumns = [
  ...(['at', 'subject_kind', 'subject_id', 'authorization_id', 'client_id'] as const),
  ...(['dialect', 'address', 'request_id', 'detail'] as const),
] as const

const insert = statement<Omit<AuditTable, 'sequence'>>()((db, slots) =>
  db.insertInto('audit').values({
    ...rowOf(slots, [...rotationColumns, 'action', 'actor_kind', 'actor_id']),
    sequence: nextPlace,
  }),
)

const insertRotation = statement<Omit<RotationsTable, 'sequence'>>()((db, slots) =>
  db.insertInto('rotations').values({ ...rowOf(slots, rotationColumns), sequence: nextPlace }),
)

/** What an event did not say is absent, not `undefined`: an entry is shown as it is. */
export const entryFrom = (row: AuditTable): AuditEntry => ({
  sequence: integer(row.sequence),
  at: integer(row.at),
  action: row.action,
  ...subjectAs('actor', row.actor_kind, row.actor_id),
  ...subjectAs('subject', row.subject_kind, row.subject_id),
  ...(row.authorization_id !== null && { authorizationId: row.authorization_id }),
  ...(row.client_id !== null && { clientId: row.client_id }),
  ...(row.dialect !== null && { dialect: row.dialect }),
  ...(row.address !== null && { address: row.address }),
  ...(row.request_id !== null && { requestId: row.request_id }),
  ...(row.detail !== null && { detail: fromJson<Readonly<Record<string, string | number | boolean>>>(row.detail) }),
})

export const rotationFrom = (row: RotationsTable): AuditEntry =>
  entryFrom({ ...row, action: rotatedAction, actor_kind: row.subject_kind, actor_id: row.subject_id })

export const subjectAs = <K extends string>(key: K, kind: Subject['kind'] | null, id: string | null) =>
  (kind === null || id === null ? {} : { [key]: { kind, id } }) as { readonly [key in K]?: Subject }
