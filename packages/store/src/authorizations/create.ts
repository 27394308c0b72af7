import type { AuditEvent, Authorization, Cap, CreateOptions } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import type { AuthorizationsTable } from '../schema/schema.ts'
import { positional, rowOf, statement } from '../schema/statement.ts'
import { makeRoom, roomWithin } from './cap.ts'
import { revoke } from './revoke.ts'
import { authorizationColumns, authorizationFrom, rowFrom } from './row.ts'
import { findStanding, standingKey } from './standing.ts'

export const create = (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
  { sole, ...options }: CreateOptions = {},
): Promise<Authorization> => {
  if (authorization.kind === 'standing') return createStanding(execute, authorization, audit)
  return sole
    ? createSole(execute, authorization, audit, sole.latest)
    : createSingle(execute, authorization, audit, options)
}

/** Decides first and writes then: where there is no room, nothing has changed. */
export const createWithin = async (
  execute: Executor,
  cap: Cap,
  authorization: Authorization,
  audit: AuditEvent,
  options: Omit<CreateOptions, 'sole'> = {},
): Promise<Authorization | 'full'> => {
  const room = await roomWithin(execute, cap, authorization, options)
  if (room === 'full') return 'full'
  await makeRoom(execute, cap, room, authorization.createdAt)
  return createSingle(execute, authorization, audit, options)
}

/** Makes a standing Authorization, or finds the one that somebody else made first: then nothing is written. */
const createStanding = async (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
): Promise<Authorization> => {
  if ((await execute.run(insertStanding, rowFrom(authorization))) === 0) {
    const standing = await execute.first(findStanding, standingKey(authorization))
    if (standing === undefined) throw new StoreError('conflict', new Error('no standing authorization took its place'))
    return standing
  }
  await writeAudit(execute, audit)
  return authorization
}

/** `replacing`: the subject's other live ones of this dialect and kind die in the same commit; the trail says how many. */
const createSingle = async (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
  { replacing = false, ending }: Omit<CreateOptions, 'sole'>,
): Promise<Authorization> => {
  const row = rowFrom(authorization)
  if (ending) await revoke(execute, ending.id, authorization.createdAt, ending.audit)
  const replaced = replacing ? await execute.run(revokeOthers, { ...row, revokedAt: authorization.createdAt }) : 0
  await execute.run(insert, row)
  await writeAudit(execute, replaced === 0 ? audit : { ...audit, detail: { ...audit.detail, replaced } })
  return authorization
}

/** Makes it only where the subject has no live one of this dialect and kind; else that one is returned. */
const createSole = async (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
  latest: number,
): Promise<Authorization> => {
  const found = await execute.first(findSole, { ...rowFrom(authorization), latest })
  return found ?? createSingle(execute, authorization, audit, {})
}

const insert = statement<AuthorizationsTable>()((db, slots) =>
  db.insertInto('authorizations').values(rowOf(slots, authorizationColumns)),
)

const insertStanding = statement<AuthorizationsTable>()((db, slots) =>
  db
    .insertInto('authorizations')
    .values(rowOf(slots, authorizationColumns))
    .onConflict((conflict) =>
      conflict
        .columns(['client_id', 'dialect', 'epoch', 'scope', 'audience'])
        .where('kind', '=', sql.lit('standing'))
        .where('revoked_at', 'is', null)
        .doNothing(),
    ),
)

/** As alive as `isActive` has it: the subject is who the new one is made for, at the epoch that it has now. */
const findSole = positional<AuthorizationsTable & { latest: number }>()(
  (db, slots) =>
    db
      .selectFrom('authorizations')
      .select(authorizationColumns)
      .where('subject_kind', '=', slots.subject_kind)
      .where('subject_id', '=', slots.subject_id)
      .where('dialect', '=', slots.dialect)
      .where('kind', '=', slots.kind)
      .where('epoch', '>=', slots.epoch)
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', slots.latest)]))
      .limit(1),
  authorizationFrom,
)

const revokeOthers = statement<AuthorizationsTable & { revokedAt: number }>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set({ revoked_at: slots.revokedAt })
    .where('subject_kind', '=', slots.subject_kind)
    .where('subject_id', '=', slots.subject_id)
    .where('dialect', '=', slots.dialect)
    .where('kind', '=', slots.kind)
    .where('revoked_at', 'is', null),
)
