import type { AuditEvent, Authorization, Cap, CreateOptions } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { integer, text } from '../schema/kind.ts'
import { changing, insert, select, statement, unanswered } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { unseen } from '../schema/unseen.ts'
import { isActive } from '../validity/active.ts'
import { displacedBy, revokeDisplaced } from './cap.ts'
import { end, revoke } from './revoke.ts'
import { rowsOfNew } from './rows.ts'
import { findStanding } from './standing.ts'

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

/** Decides before it writes: if the cap is reached, nothing is changed. */
export const createWithin = async (
  execute: Executor,
  cap: Cap,
  authorization: Authorization,
  audit: AuditEvent,
  options: Omit<CreateOptions, 'sole'> = {},
): Promise<Authorization | 'full'> => {
  const displaced = await displacedBy(execute, cap, authorization, options)
  if (displaced === 'full') return 'full'
  await revokeDisplaced(execute, cap, displaced, authorization.createdAt)
  return createSingle(execute, authorization, audit, options)
}

/** Creates a standing Authorization, or finds the one that exists; then nothing is written. */
const createStanding = async (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
): Promise<Authorization> => {
  if ((await execute.run(insertStanding, authorization)) === 0) {
    const standing = await execute.first(findStanding, authorization)
    if (standing === undefined) throw new StoreError('conflict', new Error('no standing authorization took its place'))
    return standing
  }
  await writeAudit(execute, audit)
  return authorization
}

/** `replacing`: the subject's other ones of this dialect and kind are revoked in the same commit. The event says how many. */
const createSingle = async (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
  { replacing = false, ending }: Omit<CreateOptions, 'sole'>,
): Promise<Authorization> => {
  if (ending) await revoke(execute, ending.id, authorization.createdAt, ending.audit)
  const replaced = replacing ? await endOthers(execute, authorization) : 0
  await execute.run(insertOne, authorization)
  await writeAudit(execute, replaced === 0 ? audit : { ...audit, detail: { ...audit.detail, replaced } })
  return authorization
}

/** Creates it only if the subject has no active one of this dialect and kind; otherwise returns that one. */
const createSole = async (
  execute: Executor,
  authorization: Authorization,
  audit: AuditEvent,
  latest: number,
): Promise<Authorization> => {
  const found = await execute.first(findSole, { ...authorization, latest })
  return found ?? createSingle(execute, authorization, audit, {})
}

const insertOne = changing(rowsOfNew, unanswered(insert(authorizations)))

const insertStanding = changing(
  rowsOfNew,
  insert(authorizations, (into, values) =>
    into
      .values(values)
      .onConflict((conflict) =>
        conflict
          .columns(['client_id', 'dialect', 'epoch', 'scope', 'audience', 'apis'])
          .where('kind', '=', sql.lit('standing'))
          .where('revoked_at', 'is', null)
          .doNothing(),
      ),
  ),
)

const { subject, dialect, kind } = authorizations.definition

const findSole = select(authorizations, { subject, dialect, kind, latest: integer }, (rows, slots) =>
  rows
    .where('subject_kind', '=', slots.subject.kind)
    .where('subject_id', '=', slots.subject.id)
    .where('dialect', '=', slots.dialect)
    .where('kind', '=', unseen(slots.kind))
    .where(isActive(slots.latest))
    .limit(1),
)

/** Returns how many were ended. */
const endOthers = async (execute: Executor, authorization: Authorization): Promise<number> => {
  let ended = 0
  for (const id of await execute.all(findOthers, authorization)) {
    if (await end(execute, id, authorization.createdAt)) ended++
  }
  return ended
}

const findOthers = statement(
  { subject, dialect, kind },
  (db, slots) =>
    db
      .selectFrom('authorizations')
      .select('id')
      .where('subject_kind', '=', slots.subject.kind)
      .where('subject_id', '=', slots.subject.id)
      .where('dialect', '=', slots.dialect)
      .where('kind', '=', unseen(slots.kind))
      .where('revoked_at', 'is', null),
  ([id]) => text.decode(id),
)
