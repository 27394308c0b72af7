import type { AuditEvent, RevokedToken } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { writeAuthorization, writeToken } from '../revocations/write.ts'
import { integer, text } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { changing, select, statement } from '../schema/statement.ts'
import { authorizations, revokedTokens } from '../schema/tables.ts'

/** Idempotent: one that was revoked before and one that never existed have the same outcome (RFC 7009 §2.2). */
export const revoke = async (execute: Executor, id: string, at: number, audit: AuditEvent) => {
  if (!(await end(execute, id, at))) return 'unchanged'
  await writeAudit(execute, audit)
  return 'revoked'
}

/** Revokes one token of an Authorization that stays active. The row is kept until the token would have expired (N-282). */
export const revokeToken = async (execute: Executor, token: RevokedToken, audit: AuditEvent) => {
  if ((await execute.run(recordToken, token)) === 0) return 'unchanged'
  const of = await execute.first(findApis, { id: token.authorizationId })
  await writeToken(execute, { id: token.tokenId, expiresAt: token.expiresAt, apis: of?.apis ?? [] }, audit.at)
  await writeAudit(execute, audit)
  return 'revoked'
}

/** Revokes one Authorization, with its entry in the revocation feed. Returns whether it was not revoked before. */
export const end = async (execute: Executor, id: string, at: number): Promise<boolean> => {
  const ended = await execute.first(revokeOne, { id, at })
  if (ended === undefined) return false
  await writeAuthorization(execute, ended, at)
  return true
}

const shown = part(authorizations, 'id', 'kind', 'apis', 'accessLifetimeSeconds', 'expiresAt')

export const revokeOne = changing(
  ({ id }) => [id],
  statement(
    { id: text, at: integer },
    (db, slots) =>
      db
        .updateTable('authorizations')
        .set({ revoked_at: slots.at })
        .where('id', '=', slots.id)
        .where('revoked_at', 'is', null)
        .returning(shown.columns),
    shown.decode,
  ),
)

const findApis = select(part(authorizations, 'apis'), { id: text }, (rows, { id }) => rows.where('id', '=', id))

/** Selects from the Authorization, so that a token of an unknown one is not recorded. */
const recordToken = changing(
  ({ authorizationId }) => [authorizationId],
  statement(revokedTokens.definition, (db, slots) =>
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
  ),
)
