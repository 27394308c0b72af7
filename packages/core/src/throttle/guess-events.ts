// What the trail hears of wrong guesses: few rows, however many there are.

import type { Domain } from '../domain/domain.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { GuessLimit } from './reservation.ts'
import { tallied } from './tally.ts'

/** The subject of a guess in the audit trail. `undefined` for a name that does not exist: users type passwords there (N-207). */
export type Guessed = Pick<AuditEvent, 'subject' | 'authorizationId' | 'clientId' | 'dialect'>

/** Limits of an account; those of addresses have no subject. */
const ofAccounts: ReadonlySet<GuessLimit> = new Set<GuessLimit>(['account', 'known', 'codes'])

/**
 * `login_failed` for a wrong guess, and `account_locked` where it reached a limit of the account. Unknown names make the same
 * events, without a subject (I9).
 */
export function guessEvents(
  guessed: Guessed,
  limits: readonly GuessLimit[],
  context: RequestContext,
  deps: Pick<Domain, 'clock'>,
): readonly AuditEvent[] {
  const limit = limits.find((one) => ofAccounts.has(one))
  const failed = auditEvent({ action: 'login_failed', ...guessed }, { context }, deps)
  if (limit === undefined) return [tallied(failed)]
  const locked = auditEvent({ action: 'account_locked', ...guessed, detail: { limit } }, { context }, deps)
  return [tallied(failed), tallied(locked)]
}
