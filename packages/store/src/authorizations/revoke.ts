import type { AuditEvent, RevokedToken } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { integer, text } from '../schema/kind.ts'
import { statement, update } from '../schema/statement.ts'
import { revokedTokens } from '../schema/tables.ts'

/** Idempotent: one that was revoked before and one that never existed have the same outcome (RFC 7009 §2.2). */
export const revoke = async (execute: Executor, id: string, at: number, audit: AuditEvent) =>
  audited(execute, await execute.run(revokeOne, { id, at }), audit)

/** Revokes one token of an Authorization that stays active. The row is kept until the token would have expired (N-282). */
export const revokeToken = async (execute: Executor, token: RevokedToken, audit: AuditEvent) =>
  audited(execute, await execute.run(recordToken, token), audit)

const audited = async (execute: Executor, changes: number, audit: AuditEvent): Promise<'revoked' | 'unchanged'> => {
  if (changes === 0) return 'unchanged'
  await writeAudit(execute, audit)
  return 'revoked'
}

export const revokeOne = update('authorizations', { id: text, at: integer }, (rows, slots) =>
  rows.set({ revoked_at: slots.at }).where('id', '=', slots.id).where('revoked_at', 'is', null),
)

/** Selects from the Authorization, so that a token of an unknown one is not recorded. */
const recordToken = statement(revokedTokens.definition, (db, slots) =>
  db
    .insertInto('revoked_tokens')
    .columns(['authorization_id', 'token_id', 'expires_at'])
    .expression((eb) =>
      eb
        .selectFrom('authorizations')
        .select(({ cast }) => [
          'id',
          cast<string>(slots.tokenId, 'text').as('token_id'),
          cast<number>(slots.expiresAt, 'bigint').as('expires_at'),
        ])
        .where('id', '=', slots.authorizationId),
    )
    .onConflict((conflict) => conflict.columns(['authorization_id', 'token_id']).doNothing()),
)
