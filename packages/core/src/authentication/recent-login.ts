import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser } from '../domain/proof.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { AuthError } from '../model/errors.ts'
import { requiredOf } from './required-factors.ts'

/** How old a recent login is at most, in seconds. */
export const recentLoginSeconds = 300

/**
 * A login that is recent enough to decide something lasting without showing anything again (RFC 9470). The login must have
 * shown all that is required of the person now, and its time is that of the first authentication: neither a refresh nor a
 * session that is derived from another renews it.
 *
 * @param session The Authorization that asks, a person's.
 * @param maxAgeSeconds How old the login may be. Default is 300.
 * @returns The person, and the condition that a write on this proof carries.
 * @throws AuthError `login_too_old`; `token_invalid` if the person is gone.
 */
export async function requireRecentLogin(
  deps: Pick<Domain, 'store' | 'clock' | 'policy'>,
  session: Authorization,
  maxAgeSeconds: number = recentLoginSeconds,
): Promise<ProvenUser> {
  const user = await deps.store.users.find(session.subject.id)
  if (!user) throw new AuthError('token_invalid')
  const ageSeconds = deps.clock.latest() - session.authenticatedAt
  const showedAll = requiredOf(user, deps.policy).every((factor) => session.factors.includes(factor))
  if (ageSeconds > maxAgeSeconds || !showedAll) throw new AuthError('login_too_old', { maxAgeSeconds })
  return { user, on: conditionOn(user, session, deps) }
}
