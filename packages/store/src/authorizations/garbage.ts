import type { Engine } from '../engine/engine.ts'
import { remove } from '../schema/statement.ts'
import { batch, forget } from '../sequences/forget.ts'

/**
 * How long an ended Authorization is kept: 30 days. So a late reuse is recognised, and nothing becomes active again when an
 * administrator sets a wrong clock back (I3).
 */
export const retention = 30 * 86_400

/**
 * Removes Authorizations that were revoked or expired, tokens that were revoked one by one and have expired, and counts of
 * issued tokens, each `retention` ago. None has an entry in the revocation feed: what is removed was revoked with one, or has expired,
 * and no JWT outlives its Authorization.
 *
 * @param latest `Clock.latest()`, epoch seconds
 * @param signal ends it after the batch that is being removed
 * @returns the number of rows removed
 */
export const collectGarbage = async (engine: Engine, latest: number, signal?: AbortSignal): Promise<number> => {
  const before = latest - retention
  let removed = await forget(engine, forgetTokens, before, signal)
  removed += await forget(engine, forgetExpired, before, signal)
  removed += await forget(engine, forgetRevoked, before, signal)
  removed += await forget(engine, forgetIssues, Math.floor(before / 60), signal)
  return removed
}

const forgetExpired = remove('authorizations', batch, (rows, slots) =>
  rows.where('id', 'in', (eb) =>
    eb.selectFrom('authorizations').select('id').where('expires_at', '<', slots.before).limit(slots.limit),
  ),
)

const forgetRevoked = remove('authorizations', batch, (rows, slots) =>
  rows.where('id', 'in', (eb) =>
    eb.selectFrom('authorizations').select('id').where('revoked_at', '<', slots.before).limit(slots.limit),
  ),
)

const forgetTokens = remove('revoked_tokens', batch, (rows, slots) =>
  rows.where(({ eb, refTuple, selectFrom }) =>
    eb(
      refTuple('authorization_id', 'token_id'),
      'in',
      selectFrom('revoked_tokens')
        .select(['authorization_id', 'token_id'])
        .where('expires_at', '<', slots.before)
        .limit(slots.limit)
        .$asTuple('authorization_id', 'token_id'),
    ),
  ),
)

const forgetIssues = remove('issue_counts', batch, (rows, slots) =>
  rows.where(({ eb, refTuple, selectFrom }) =>
    eb(
      refTuple('minute', 'client_id'),
      'in',
      selectFrom('issue_counts')
        .select(['minute', 'client_id'])
        .where('minute', '<', slots.before)
        .limit(slots.limit)
        .$asTuple('minute', 'client_id'),
    ),
  ),
)
