import type { AuditEntry, AuditEvent, AuditTrail, Subject } from '@countersign/core'
import type { Kysely } from 'kysely'
import { fromJson, integer, orNull, toJson } from '../column.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { rowOf, statement } from '../engine/statement.ts'
import type { AuditTable, Database } from '../schema.ts'

/** Appends to the trail, within the unit of the change that it records: one commit for both, or none (S12). */
export const writeAudit = async (execute: Executor, event: AuditEvent): Promise<void> => {
  await execute.run(insert, {
    at: event.at,
    action: event.action,
    actor_kind: orNull(event.actor?.kind),
    actor_id: orNull(event.actor?.id),
    subject_kind: orNull(event.subject?.kind),
    subject_id: orNull(event.subject?.id),
    authorization_id: orNull(event.authorizationId),
    client_id: orNull(event.clientId),
    dialect: orNull(event.dialect),
    address: orNull(event.address),
    request_id: orNull(event.requestId),
    detail: event.detail === undefined ? null : toJson(event.detail),
  })
}

/** Reads the trail, newest first. */
export const auditTrailOn = (engine: Engine): AuditTrail => ({
  list: async ({ before, limit }) => {
    const rows =
      before === undefined
        ? await engine.read.all(newest, { limit })
        : await engine.read.all(newestBefore, { limit, before })
    return rows.map(entryFrom)
  },
})

const insert = statement<Omit<AuditTable, 'sequence'>>()((db, slots) =>
  db
    .insertInto('audit')
    .values(
      rowOf(slots, [
        ...(['at', 'action', 'actor_kind', 'actor_id', 'subject_kind', 'subject_id'] as const),
        ...(['authorization_id', 'client_id', 'dialect', 'address', 'request_id', 'detail'] as const),
      ]) as AuditTable,
    ),
)

const page = (db: Kysely<Database>, limit: number) =>
  db.selectFrom('audit').selectAll().orderBy('sequence', 'desc').limit(limit)

const newest = statement<{ limit: number }>()((db, slots) => page(db, slots.limit))

const newestBefore = statement<{ limit: number; before: number }>()((db, slots) =>
  page(db, slots.limit).where('sequence', '<', slots.before),
)

/** What an event did not say is absent, not `undefined`: an entry is shown as it is. */
const entryFrom = (row: AuditTable): AuditEntry => ({
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

const subjectAs = <K extends string>(key: K, kind: Subject['kind'] | null, id: string | null) =>
  (kind === null || id === null ? {} : { [key]: { kind, id } }) as { readonly [key in K]?: Subject }
