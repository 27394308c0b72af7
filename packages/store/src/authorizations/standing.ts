import type { StandingQuery } from '@countersign/core'
import { sql } from 'kysely'
import { toJson } from '../schema/column.ts'
import type { AuthorizationsTable } from '../schema/schema.ts'
import { positional, remembered } from '../schema/statement.ts'
import { authorizationColumns, authorizationFrom } from './row.ts'

type StandingKey = Pick<AuthorizationsTable, 'client_id' | 'dialect' | 'epoch' | 'scope' | 'audience'>

/** Scope and audience are compared as they are given: a caller orders them. */
export const standingKey = (query: StandingQuery): StandingKey => ({
  client_id: query.clientId,
  dialect: query.dialect,
  epoch: query.epoch,
  scope: toJson(query.scope),
  audience: toJson(query.audience),
})

/** The literals make it match the partial index that lets only one live. */
export const findStanding = remembered(
  positional<StandingKey>()(
    (db, slots) =>
      db
        .selectFrom('authorizations')
        .select(authorizationColumns)
        .where('client_id', '=', slots.client_id)
        .where('dialect', '=', slots.dialect)
        .where('epoch', '=', slots.epoch)
        .where('scope', '=', slots.scope)
        .where('audience', '=', slots.audience)
        .where('kind', '=', sql.lit('standing'))
        .where('revoked_at', 'is', null),
    authorizationFrom,
  ),
)
