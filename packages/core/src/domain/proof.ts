import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { User } from '../model/principals/user.ts'
import type { Unmet, WriteCondition } from '../ports/store/condition.ts'
import type { Domain } from './domain.ts'

/** A user who presented the required factors, in the version that they were verified against. */
export interface ProvenUser {
  readonly user: User
  /** What a write on this proof depends on. */
  readonly on: WriteCondition
}

/**
 * The condition of a write.
 *
 * @param user As read before the write was decided. `undefined`: the decision depends on no user.
 * @param by `undefined` for a login: it depends on no Authorization.
 */
export const conditionOn = (
  user: Pick<User, 'id' | 'version'> | undefined,
  by: Pick<Caller, 'authorization'> | undefined,
  { clock }: Pick<Domain, 'clock'>,
): WriteCondition => ({
  user: user && { id: user.id, version: user.version },
  asking: by?.authorization?.id,
  latest: clock.latest(),
})

const isUnmet = (outcome: unknown): outcome is Unmet => outcome === 'stale' || outcome === 'ended'

/**
 * What a write on a proof gave.
 *
 * @throws AuthError `credentials_invalid` if what was shown is not what counts any more, `token_invalid` if the Authorization
 * that asked has ended.
 */
export function written<T>(outcome: T): Exclude<T, Unmet> {
  if (!isUnmet(outcome)) return outcome as Exclude<T, Unmet>
  throw new AuthError(outcome === 'ended' ? 'token_invalid' : 'credentials_invalid')
}

/** How often a decision is made anew because the user changed meanwhile. Each takes two reads and a write. */
const decisions = 20

/**
 * Decides and writes, and repeats both while the user changes in between: for an administrator's change, which does
 * not depend on what the user shows.
 *
 * @throws AuthError `token_invalid` if the Authorization that asked has ended, `unavailable` if the user never stood still.
 */
export async function decidedAnew<T>(decide: () => Promise<T>): Promise<Exclude<T, Unmet>> {
  for (let left = decisions; left > 0; left--) {
    const outcome = await decide()
    if (outcome !== 'stale') return written(outcome)
  }
  throw new AuthError('unavailable', { retryAfterSeconds: 1 })
}
