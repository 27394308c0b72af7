import type { AuthorizationRecord, Role } from '@countersign/core'
import { type Kysely, sql } from 'kysely'
import type { Column } from '../engine/statement.ts'
import { integer, optionalInteger, text } from '../schema/column.ts'
import type { Database } from '../schema/schema.ts'
import { positional, remembered } from '../schema/statement.ts'
import { authorizationColumns, authorizationFrom, qualifiedColumns } from './row.ts'

const first = authorizationColumns.length

/**
 * The record in one statement: row, subject, client and, if asked about, one token. This is the read of every checked
 * token, hence the few columns and the reading by position.
 */
const recordFrom = (row: readonly Column[]): AuthorizationRecord => {
  const name = row[first]
  const clientEpoch = row[first + 6]
  return {
    authorization: authorizationFrom(row),
    subject:
      name === null
        ? undefined
        : {
            name: text(name),
            role: text(row[first + 1]) as Role,
            enabled: row[first + 2] === null,
            sessionsEpoch: integer(row[first + 3]),
            personalEpoch: integer(row[first + 4]),
          },
    client:
      clientEpoch === null
        ? undefined
        : {
            enabled: row[first + 5] === null,
            epoch: integer(clientEpoch),
            reuseLeewaySeconds: integer(row[first + 7]),
          },
    tokenRevoked: optionalInteger(row[first + 8]) !== undefined,
  }
}

/** `of` is either kind of subject: only one of the two joins can match. */
const records = (db: Kysely<Database>, tokenId: string) =>
  db
    .selectFrom('authorizations')
    .leftJoin('users', (join) =>
      join.onRef('users.id', '=', 'authorizations.subject_id').on('authorizations.subject_kind', '=', sql.lit('user')),
    )
    .leftJoin('clients as machine', (join) =>
      join
        .onRef('machine.id', '=', 'authorizations.subject_id')
        .on('authorizations.subject_kind', '=', sql.lit('client')),
    )
    .leftJoin('clients as through', 'through.id', 'authorizations.client_id')
    .leftJoin('revoked_tokens', (join) =>
      join
        .onRef('revoked_tokens.authorization_id', '=', 'authorizations.id')
        .on('revoked_tokens.token_id', '=', tokenId),
    )
    .select(qualifiedColumns)
    .select(({ fn }) => [
      fn.coalesce('users.username', 'machine.name').as('name'),
      fn.coalesce('users.role', 'machine.role').as('role'),
      fn.coalesce('users.disabled_at', 'machine.disabled_at').as('disabled_at'),
      fn.coalesce('users.sessions_epoch', 'machine.epoch').as('sessions_epoch'),
      fn.coalesce('users.personal_epoch', 'machine.epoch').as('personal_epoch'),
      'through.disabled_at as through_disabled_at',
      'through.epoch as through_epoch',
      'through.reuse_leeway_seconds as through_leeway',
      'revoked_tokens.expires_at as token_revoked',
    ])

export const findRecord = remembered(
  positional<{ id: string; tokenId: string | undefined }>()(
    (db, slots) => records(db, slots.tokenId as string).where('authorizations.id', '=', slots.id),
    recordFrom,
  ),
)

export const findRecordBySecret = remembered(
  positional<{ secretDigest: Uint8Array; tokenId: undefined }>()(
    (db, slots) => records(db, slots.tokenId as never).where('authorizations.secret_digest', '=', slots.secretDigest),
    recordFrom,
  ),
)
