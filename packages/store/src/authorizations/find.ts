import type { Role } from '@countersign/core'
import { type Expression, type Kysely, sql } from 'kysely'
import type { Database } from '../schema/database.ts'
import { bytes, ifGiven, integer, isAbsent, isPresent, text, textOf } from '../schema/kind.ts'
import { row, rowOrAbsent, selecting } from '../schema/row.ts'
import { remembered, statement } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { rowOfSecret } from './rows.ts'

const subject = row({
  name: text,
  role: textOf<Role>(),
  enabled: isAbsent,
  sessionsEpoch: integer,
  personalEpoch: integer,
})

const through = row({ epoch: integer, enabled: isAbsent, reuseLeewaySeconds: integer })

/** What every check of a token reads: row, subject, client and, if asked for, the revocation of one token. */
const record = row({
  authorization: authorizations,
  subject: rowOrAbsent(subject),
  client: rowOrAbsent(through),
  tokenRevoked: isPresent,
})

/** One statement. A subject is a user or a client: only one of the two joins can match. */
const records = (db: Kysely<Database>, tokenId: Expression<string>) =>
  db
    .selectFrom('authorizations')
    .leftJoin('users', (join) =>
      join.onRef('users.id', '=', 'authorizations.subject_id').on('authorizations.subject_kind', '=', sql.lit('user')),
    )
    .leftJoin('clients as client', (join) =>
      join
        .onRef('client.id', '=', 'authorizations.subject_id')
        .on('authorizations.subject_kind', '=', sql.lit('client')),
    )
    .leftJoin('clients as through', 'through.id', 'authorizations.client_id')
    .leftJoin('revoked_tokens', (join) =>
      join
        .onRef('revoked_tokens.authorization_id', '=', 'authorizations.id')
        .on('revoked_tokens.token_id', '=', tokenId),
    )
    .select(authorizations.qualified)
    .select(({ fn, ref }) => [
      ...selecting(subject, {
        name: fn.coalesce('users.username', 'client.name'),
        role: fn.coalesce('users.role', 'client.role'),
        enabled: fn.coalesce('users.disabled_at', 'client.disabled_at'),
        sessionsEpoch: fn.coalesce('users.sessions_epoch', 'client.epoch'),
        personalEpoch: fn.coalesce('users.personal_epoch', 'client.epoch'),
      }),
      ...selecting(through, {
        epoch: ref('through.epoch'),
        enabled: ref('through.disabled_at'),
        reuseLeewaySeconds: ref('through.reuse_leeway_seconds'),
      }),
      'revoked_tokens.expires_at as token_revoked',
    ])

const tokenId = ifGiven(text)

export const findRecord = remembered(
  statement(
    { id: text, tokenId },
    (db, slots) => records(db, slots.tokenId).where('authorizations.id', '=', slots.id),
    record.decode,
  ),
  { authorizations: ({ id }) => [id], revoked_tokens: ({ id }) => [id] },
)

export const findRecordBySecret = remembered(
  statement(
    { secretDigest: bytes, tokenId },
    (db, slots) => records(db, slots.tokenId).where('authorizations.secret_digest', '=', slots.secretDigest),
    record.decode,
  ),
  {
    authorizations: ({ secretDigest }, found) => [found?.authorization.id ?? rowOfSecret(secretDigest)],
    revoked_tokens: (_, found) => (found ? [found.authorization.id] : []),
  },
)
