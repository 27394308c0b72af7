import { requireAcceptablePassword } from '../authentication/password-rules.ts'
import { suffices } from '../authentication/required-factors.ts'
import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import { newId } from '../model/authorization/id.ts'
import { AuthError } from '../model/errors.ts'
import type { Role } from '../model/principals/role.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import { guessedAccount, requireUsername } from '../model/username.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import { knownAfterSuccess, unlocked } from '../throttle/backoff.ts'
import { accountKey, besideKey, codesKey, keysFromAddress } from '../throttle/guess-counters.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'
import { type Administrator, claimOf, refuseOneself } from './people-changes.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'hasher' | 'isCommonPassword' | 'issuer' | 'policy'>

export interface NewUser {
  readonly username: string
  readonly role: Role
  readonly password: string | undefined
  readonly requiredFactors: readonly Factor[]
  /** Whether the person must change the password before anything else. Default is false. */
  readonly mustChange?: boolean | undefined
  /**
   * Whether the person may be made with less than the policy demands of the role, and sets up the rest at the first login.
   * Default is false.
   */
  readonly enrolsLater?: boolean | undefined
}

/**
 * Makes a person. The name is refused as taken if somebody has it, or one that looks like it (UTS #39).
 *
 * @param asking The Authorization that asks. Default is none: the command line.
 * @throws AuthError `username_invalid`, `username_taken`, `owner_exists`, `password_unacceptable`; `factors_insufficient` if the
 * policy demands more of the role; `token_invalid` if the Authorization that asks has ended.
 */
export async function createUser(
  deps: Deps,
  given: NewUser,
  actor: Subject | undefined,
  circumstances: RequestContext,
  asking?: Administrator['asking'],
): Promise<User> {
  const { user } = await create(deps, given, { actor, circumstances, asking }, undefined)
  return user
}

/**
 * Makes a person, together with a first TOTP secret where a code is a required factor: one commit.
 *
 * @returns The secret besides, for showing it once.
 * @throws What `createUser` throws; `token_invalid` if the Authorization that asks has ended.
 */
export const createUserWithSecret = (
  deps: Deps & { readonly totp: TotpEnrolment },
  given: NewUser,
  by: Administrator,
): Promise<{ readonly user: User; readonly secret: Uint8Array | undefined }> =>
  create(deps, given, by, given.requiredFactors.includes('totp') ? deps.totp : undefined)

async function create(
  deps: Deps,
  given: NewUser,
  { actor, circumstances, asking }: Administrator,
  totp: TotpEnrolment | undefined,
) {
  const name = requireUsername(given.username)
  const isEnough = given.enrolsLater || suffices(given.requiredFactors, given.role, deps.policy)
  if (!isEnough) throw new AuthError('factors_insufficient')
  const passwordStandsAlone =
    given.password === undefined ? undefined : requireAcceptablePassword(given.password, given, deps)
  const passwordHash =
    given.password === undefined
      ? undefined
      : await deps.hasher.hash(given.password, circumstances.signal, claimOf(actor))
  const user: User = {
    id: newId(deps.clock, deps.random),
    ...name,
    role: given.role,
    requiredFactors: given.requiredFactors,
    passwordHash,
    createdAt: deps.clock.now(),
    disabledAt: undefined,
    sessionsEpoch: 0,
    personalEpoch: 0,
    version: 0,
    mustChangeSince: given.mustChange && given.password !== undefined ? deps.clock.now() : undefined,
    passwordStandsAlone,
  }
  const subject = { kind: 'user', id: user.id } as const
  const event = auditEvent({ action: 'user_created', actor, subject, detail: { role: user.role } }, circumstances, deps)
  const made = totp?.newSecret(user.id)
  const on = conditionOn(undefined, asking, deps)
  const outcome = written(await deps.store.users.create(user, event, { secret: made?.enrolment, on }))
  if (outcome !== 'created') throw new AuthError(outcome)
  return { user, secret: made?.secret }
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
 * Nobody does it to themselves: whoever holds the owner's session alone would guess at the owner's secrets without a limit.
 *
 * @throws AuthError `not_found` if there is no such person; `own_account`; `token_invalid` if the Authorization that asks has
 * ended.
 */
export async function unlockUser(
  deps: Pick<Domain, 'store' | 'clock'>,
  username: string,
  { actor, circumstances, asking }: Administrator,
  { knownAddress, suspendedSeconds }: UnlockTerms = {},
): Promise<void> {
  const user = await deps.store.users.findByName(requireUsername(username).canonicalName)
  if (!user) throw new AuthError('not_found')
  refuseOneself(user.id, { actor })
  const account = guessedAccount(user.username)
  const now = deps.clock.latest()
  const subject = { kind: 'user', id: user.id } as const
  const detail = detailOf({ knownAddress, suspendedSeconds })
  const event = auditEvent({ action: 'account_unlocked', actor, subject, detail }, circumstances, deps)
  const on = conditionOn(undefined, asking, deps)
  if (knownAddress !== undefined) {
    const { known, knownCodes } = keysFromAddress(account, knownAddress)
    const counters = new Map([
      [known, knownAfterSuccess(now)],
      [knownCodes, null],
      [besideKey(user.id, known), null],
    ])
    written(await deps.store.counters.unlock({ forgiveCodesOf: undefined, counters }, event, on))
    return
  }
  const counters = new Map([
    [accountKey(account), unlocked(now, suspendedSeconds)],
    [codesKey(account), null],
    [besideKey(user.id), unlocked(now)],
  ])
  written(await deps.store.counters.unlock({ forgiveCodesOf: user.id, counters }, event, on))
}

function detailOf({ knownAddress, suspendedSeconds }: UnlockTerms): AuditEvent['detail'] {
  if (knownAddress !== undefined) return { known: addressPrefix(knownAddress) }
  return suspendedSeconds === undefined ? undefined : { suspendedSeconds }
}
