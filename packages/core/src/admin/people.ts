import { auditEvent } from '../audit-event.ts'
import { newId } from '../authorization/id.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { AuditEvent } from '../ports/audit.ts'
import { requireAcceptablePassword } from '../principals/password-rules.ts'
import type { Role } from '../principals/role.ts'
import type { Subject } from '../principals/subject.ts'
import type { Factor, User } from '../principals/user.ts'
import { guessedAccount, requireUsername } from '../principals/username.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import { knownAfterSuccess, unlocked } from '../throttle/backoff.ts'
import { accountKey, codesKey, keysFromAddress } from '../throttle/guess-counters.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'hasher' | 'isCommonPassword'>

export interface NewUser {
  readonly username: string
  readonly role: Role
  readonly password: string | undefined
  readonly requiredFactors: readonly Factor[]
}

/**
 * Makes a person.
 *
 * @throws AuthError `username_invalid`, `username_taken`, `owner_exists`, `password_unacceptable`.
 */
export async function createUser(
  deps: Deps,
  given: NewUser,
  actor: Subject | undefined,
  circumstances: Circumstances,
): Promise<User> {
  const canonicalName = requireUsername(given.username)
  if (given.password !== undefined) requireAcceptablePassword(given.password, given, deps)
  const passwordHash =
    given.password === undefined
      ? undefined
      : await deps.hasher.hash(given.password, undefined, actor?.id ?? 'administrator')
  const user: User = {
    id: newId(deps.clock, deps.random),
    username: given.username,
    canonicalName,
    role: given.role,
    requiredFactors: given.requiredFactors,
    passwordHash,
    createdAt: deps.clock.now(),
    disabledAt: undefined,
    sessionsEpoch: 0,
    personalEpoch: 0,
    version: 0,
    nameSkeleton: canonicalName,
    mustChangeSince: undefined,
    passwordStandsAlone: undefined,
  }
  const subject = { kind: 'user', id: user.id } as const
  const event = auditEvent({ action: 'user_created', actor, subject, detail: { role: user.role } }, circumstances, deps)
  const outcome = await deps.store.users.create(user, event)
  if (outcome !== 'created') throw new AuthError(outcome)
  return user
}

/** What an administrator says about guesses at a person's secrets, beside forgetting those so far. */
export interface UnlockTerms {
  /**
   * An address that the person logs in from: it is known from now on, as after a login from there. Strangers' guesses are
   * not forgotten, and go on delaying strangers alone.
   */
  readonly knownAddress?: string | undefined
  /** For how long no guess of a stranger delays the next. The limits of addresses and of codes go on counting. */
  readonly suspendedSeconds?: number | undefined
}

/**
 * Forgets the wrong guesses at a person's secrets, wherever they came from, but not the limit of an address. The
 * hard cap of codes is lifted too (S10): the command line can always let the owner in again (N-012). One commit.
 *
 * @throws AuthError `not_found` if there is no such person.
 */
export async function unlockUser(
  deps: Pick<Domain, 'store' | 'clock'>,
  username: string,
  actor: Subject | undefined,
  circumstances: Circumstances,
  { knownAddress, suspendedSeconds }: UnlockTerms = {},
): Promise<void> {
  const user = await deps.store.users.findByName(requireUsername(username))
  if (!user) throw new AuthError('not_found')
  const account = guessedAccount(user.username)
  const now = deps.clock.latest()
  const subject = { kind: 'user', id: user.id } as const
  const detail = detailOf({ knownAddress, suspendedSeconds })
  const event = auditEvent({ action: 'account_unlocked', actor, subject, detail }, circumstances, deps)
  if (knownAddress !== undefined) {
    const { known, knownCodes } = keysFromAddress(account, knownAddress)
    const counters = new Map([
      [known, knownAfterSuccess(now)],
      [knownCodes, null],
    ])
    return deps.store.counters.unlock({ forgiveCodesOf: undefined, counters }, event)
  }
  const counters = new Map([
    [accountKey(account), unlocked(now, suspendedSeconds)],
    [codesKey(account), null],
  ])
  await deps.store.counters.unlock({ forgiveCodesOf: user.id, counters }, event)
}

function detailOf({ knownAddress, suspendedSeconds }: UnlockTerms): AuditEvent['detail'] {
  if (knownAddress !== undefined) return { known: addressPrefix(knownAddress) }
  return suspendedSeconds === undefined ? undefined : { suspendedSeconds }
}
