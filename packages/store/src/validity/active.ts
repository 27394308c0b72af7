import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely'
import type { Database } from '../schema/schema.ts'

type Rows = ExpressionBuilder<Database, 'authorizations'>
type Condition = ExpressionWrapper<Database, 'authorizations', SqlBool>

/**
 * I5 in SQL, and only here: an Authorization is active if it is neither revoked nor expired, was used within its inactivity timeout,
 * its subject exists, is enabled and of no later epoch, and so is the registered client it was given through.
 *
 * @param latest the slot of `Clock.latest()`, epoch seconds
 */
export const isActive =
  (latest: number) =>
  (eb: Rows): Condition =>
    eb.and([
      eb('authorizations.revoked_at', 'is', null),
      eb.or([eb('authorizations.expires_at', 'is', null), eb('authorizations.expires_at', '>', latest)]),
      isInUse(latest)(eb),
      eb.or([
        eb.and([eb('authorizations.subject_kind', '=', sql.lit('user')), userStands(eb)]),
        eb.and([
          eb('authorizations.subject_kind', '=', sql.lit('client')),
          clientStands(eb, 'authorizations.subject_id', 'authorizations.epoch'),
        ]),
      ]),
      eb.or([
        eb('authorizations.client_epoch', 'is', null),
        clientStands(eb, 'authorizations.client_id', 'authorizations.client_epoch'),
      ]),
    ])

/** Whether an Authorization has no inactivity timeout, or was made, refreshed or used within it. */
export const isInUse =
  (latest: number) =>
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

/** Personal tokens have an epoch of their own: a change of password leaves them alive. */
const userStands = (eb: Rows) =>
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

const clientStands = (
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
