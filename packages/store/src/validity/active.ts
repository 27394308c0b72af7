import { type Expression, type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely'
import type { Database } from '../schema/database.ts'

type Rows = ExpressionBuilder<Database, 'authorizations'>
type Condition = ExpressionWrapper<Database, 'authorizations', SqlBool>

/**
 * The SQL form of I5, in one place. An Authorization is active if it is neither revoked nor expired and was used within its
 * inactivity timeout, and if its subject, and the registered client it was issued through, exist, are enabled and have no later
 * epoch.
 *
 * @param latest the place of `Clock.latest()`, epoch seconds
 */
export const isActive =
  (latest: Expression<number>) =>
  (eb: Rows): Condition =>
    eb.and([
      eb('authorizations.revoked_at', 'is', null),
      eb.or([eb('authorizations.expires_at', 'is', null), eb('authorizations.expires_at', '>', latest)]),
      isInUse(latest)(eb),
      eb.or([
        eb.and([eb('authorizations.subject_kind', '=', sql.lit('user')), userIsValid(eb)]),
        eb.and([
          eb('authorizations.subject_kind', '=', sql.lit('client')),
          clientIsValid(eb, 'authorizations.subject_id', 'authorizations.epoch'),
        ]),
      ]),
      eb.or([
        eb('authorizations.client_epoch', 'is', null),
        clientIsValid(eb, 'authorizations.client_id', 'authorizations.client_epoch'),
      ]),
    ])

/** The same as 1 or 0, for a select list: engines differ in booleans. */
export const isActiveAsNumber = (latest: Expression<number>) => (eb: Rows) =>
  eb.case().when(isActive(latest)(eb)).then(1).else(0).end()

/** Whether an Authorization has no inactivity timeout, or was created, refreshed or used within it. */
export const isInUse =
  (latest: Expression<number>) =>
  (eb: Rows): Condition => {
    const within = (since: 'created_at' | 'rotated_at' | 'last_used_at') =>
      eb(eb(`authorizations.${since}`, '+', eb.ref('authorizations.idle_seconds')), '>', latest)
    return eb.or([
      eb('authorizations.idle_seconds', 'is', null),
      within('created_at'),
      within('rotated_at'),
      within('last_used_at'),
    ])
  }

/** Personal tokens have their own epoch: a change of password leaves them valid. */
const userIsValid = (eb: Rows) =>
  eb.exists(
    eb
      .selectFrom('users')
      .select('users.id')
      .whereRef('users.id', '=', 'authorizations.subject_id')
      .where('users.disabled_at', 'is', null)
      .where(({ eb: user, ref }) =>
        user(
          'authorizations.epoch',
          '>=',
          user
            .case()
            .when('authorizations.kind', '=', sql.lit('personal'))
            .then(ref('users.personal_epoch'))
            .else(ref('users.sessions_epoch'))
            .end(),
        ),
      ),
  )

const clientIsValid = (
  eb: Rows,
  id: 'authorizations.subject_id' | 'authorizations.client_id',
  epoch: 'authorizations.epoch' | 'authorizations.client_epoch',
) =>
  eb.exists(
    eb
      .selectFrom('clients')
      .select('clients.id')
      .whereRef('clients.id', '=', id)
      .where('clients.disabled_at', 'is', null)
      .whereRef('clients.epoch', '<=', epoch),
  )
