import { sql } from 'kysely'
import { remembered, select } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { rowOfStanding } from './rows.ts'

const { clientId, dialect, epoch, scope, audience, apis } = authorizations.definition

/**
 * Scope, audience and APIs are compared as text: the caller orders them. The literals match the partial unique index that allows one
 * active row.
 */
export const findStanding = remembered(
  select(authorizations, { clientId, dialect, epoch, scope, audience, apis }, (rows, slots) =>
    rows
      .where('client_id', '=', slots.clientId)
      .where('dialect', '=', slots.dialect)
      .where('epoch', '=', slots.epoch)
      .where('scope', '=', slots.scope)
      .where('audience', '=', slots.audience)
      .where('apis', '=', slots.apis)
      .where('kind', '=', sql.lit('standing'))
      .where('revoked_at', 'is', null),
  ),
  { authorizations: ({ clientId }, found) => [found?.id ?? rowOfStanding(clientId)] },
)
