import type { AuditEvent, RevokedToken } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { statement } from '../schema/statement.ts'

/** Idempotent; what was revoked before or never existed looks the same (RFC 7009 §2.2). */
export const revoke = async (execute: Executor, id: string, at: number, audit: AuditEvent) =>
  audited(execute, await execute.run(revokeOne, { id, at }), audit)

/** One token of an Authorization that goes on living: the exception is stored, until the token would have ended (N-282). */
export const revokeToken = async (execute: Executor, token: RevokedToken, audit: AuditEvent) =>
  audited(execute, await execute.run(recordToken, token), audit)

const audited = async (execute: Executor, changes: number, audit: AuditEvent): Promise<'revoked' | 'unchanged'> => {
  if (changes === 0) return 'unchanged'
  await writeAudit(execute, audit)
  return 'revoked'
}

export const revokeOne = statement<{ id: string; at: number }>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set({ revoked_at: slots.at })
    .where('id', '=', slots.id)
    .where('revoked_at', 'is', null),
)

/** Taken from the Authorization's row, so that a token of nothing is recorded nowhere. */
const recordToken = statement<RevokedToken>()((db, slots) =>
  db
    .insertInto('revoked_tokens')
    .columns(['authorization_id', 'token_id', 'expires_at'])
    .expression((eb) =>
      eb
        .selectFrom('authorizations')
        .select(({ val, cast }) => [
          'id',
          cast<string>(val(slots.tokenId), 'text').as('token_id'),
          cast<number>(val(slots.expiresAt), 'bigint').as('expires_at'),
        ])
        .where('id', '=', slots.authorizationId),
    )
    .onConflict((conflict) => conflict.columns(['authorization_id', 'token_id']).doNothing()),
)
