/*
 * TOTP (RFC 6238) and recovery codes: set up, checked, each good once.
 * This folder must not know passwords, nor what a login requires.
 */
import type { Domain } from '../domain/domain.ts'
import { conditionOn, decidedAnew, type ProvenUser, written } from '../domain/proof.ts'
import { SealError, seal, unseal } from '../keys/sealing.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { isCodeOnly, type User } from '../model/principals/user.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { Unmet, WriteCondition } from '../ports/store/condition.ts'
import type { Counter } from '../ports/store/counters.ts'
import type { Enrolment } from '../ports/store/factors.ts'
import { besideGuess, besideIsFull, isBeforeUnlock } from '../throttle/backoff.ts'
import { besideKey } from '../throttle/guess-counters.ts'
import { afterJudging } from '../throttle/judged.ts'
import { matchingStep, totpDriftSteps, totpSecretBytes } from './totp.ts'

/**
 * Wrong codes in a row after which no code is accepted any more, until the owner or the command line says so (S10). Codes
 * without a password from a known address are not among them: those have a limit of their own (`throttleLimits.codes`).
 */
export const totpFailureCap = 100

/** A code that was right, and is spent now. */
export interface SpentCode {
  /** Whether it was the first of its secret. */
  readonly confirmed: boolean
  /** Whether it was the first of a secret that took the place of another: then every session of the user ended. */
  readonly endedSessions: boolean
}

export type TotpState = 'none' | 'unconfirmed' | 'confirmed'

/** Whose code it is. */
type CodeHolder = Pick<User, 'id' | 'requiredFactors'>

interface ShownCode {
  readonly user: CodeHolder | undefined
  readonly code: string
  /** Whether no password is shown beside it. */
  readonly alone: boolean
  /** Wrong codes of the user in a row. */
  readonly failures: number
  /** The secrets that it may be of. */
  readonly candidates: readonly (Enrolment | undefined)[]
  /** What accepting it depends on. */
  readonly on?: WriteCondition | undefined
}

/** The user a secret is made for, and what storing it depends on. */
interface NewSecret {
  readonly userId: string
  readonly on: WriteCondition
}

/** A code beside a right password: whose, and from which known address. */
interface BesideGuess {
  readonly userId: string
  readonly known: string | undefined
}

/** That of unknown callers, which remembers when an administrator unlocked the user, and the one that counts. */
const besideKeys = ({ userId, known }: BesideGuess): readonly string[] => [besideKey(userId), besideKey(userId, known)]

/** A known address has its own, which an administrator's unlocking clears as it clears theirs. */
const ownCounter = (
  { known }: BesideGuess,
  [ofStrangers, own]: readonly (Counter | undefined)[],
): Counter | undefined => (known !== undefined && own && isBeforeUnlock(own, ofStrangers) ? undefined : own)

/** Of a user, not of a secret: a new one lifts no cap. */
const inARow = (...enrolments: readonly (Enrolment | undefined)[]): number =>
  Math.max(0, ...enrolments.map((enrolment) => enrolment?.failures ?? 0))

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'masterKey'>

/** What a sealed secret is bound to. */
export const totpSecretContext = (userId: string): string => `totp secret of ${userId}`

/** TOTP secrets (RFC 6238): sealed at rest, each code good once, replaced in two phases. */
export class TotpEnrolment {
  readonly #deps: Deps
  /** A decoy, compared with where a user has no secret: no code of it is accepted. */
  readonly #decoy: Enrolment

  constructor(deps: Deps) {
    this.#deps = deps
    this.#decoy = this.#sealed('', 'active', deps.random.bytes(totpSecretBytes))
  }

  /**
   * The secret to be shown for setting up an authenticator. While no code has confirmed the present one, that one; after
   * that a new pending one each time, and the old one stays valid until a code of the new one arrives (N-044, N-045).
   */
  setUp(userId: string, by: Caller): Promise<Uint8Array> {
    return decidedAnew(async () => {
      const user = await this.#deps.store.users.find(userId)
      return this.#showOrStore({ userId, on: conditionOn(user, by, this.#deps) }, by)
    })
  }

  /**
   * The same for oneself.
   *
   * @param proof From `StepUp`.
   * @throws AuthError `credentials_invalid` or `token_invalid` if the proof is no longer valid.
   */
  async setUpOwn({ user, on }: ProvenUser, by: Caller): Promise<Uint8Array> {
    return written(await this.#showOrStore({ userId: user.id, on }, by))
  }

  async #showOrStore({ userId, on }: NewSecret, by: Caller): Promise<Uint8Array | Unmet> {
    const { active } = await this.#deps.store.enrolments.find(userId)
    if (active && active.confirmedAt === undefined) return this.#open(active)
    return this.#store({ userId, on }, active ? 'pending' : 'active', by)
  }

  /**
   * As `setUp`, but never a secret that was shown before: the holder of another session of the user who knows the password may
   * have seen it, and would know the codes of the authenticator that is set up with it.
   */
  async setUpAnew({ userId, on }: NewSecret, by: Caller): Promise<Uint8Array> {
    const { active } = await this.#deps.store.enrolments.find(userId)
    return written(await this.#store({ userId, on }, active?.confirmedAt === undefined ? 'active' : 'pending', by))
  }

  /** A new secret and how it is stored: for a transition that stores it together with something else. */
  newSecret(userId: string): { readonly secret: Uint8Array; readonly enrolment: Enrolment } {
    const secret = this.#deps.random.bytes(totpSecretBytes)
    return { secret, enrolment: this.#sealed(userId, 'active', secret) }
  }

  /** Whether there is a secret, and whether a code has confirmed it: only until then may it be shown again. */
  async state(userId: string): Promise<TotpState> {
    const { active } = await this.#deps.store.enrolments.find(userId)
    if (!active) return 'none'
    return active.confirmedAt === undefined ? 'unconfirmed' : 'confirmed'
  }

  /**
   * Checks a code and spends it. The same work, whether the user has a secret or not.
   *
   * @param user `undefined` for an unknown name.
   * @param alone Whether no password is shown beside it.
   * @returns `undefined` if it is wrong, or was spent before.
   * @throws AuthError `credentials_invalid` with a cause if a stored secret does not open: it was altered, or is another
   * user's (N-048).
   */
  async verify(
    shown: Pick<ShownCode, 'user' | 'code' | 'alone'>,
    context: RequestContext,
  ): Promise<SpentCode | undefined> {
    const { active, pending } = await this.#deps.store.enrolments.find(shown.user?.id ?? '')
    return this.#spend({ ...shown, failures: inARow(active, pending), candidates: [active, pending] }, context)
  }

  /**
   * Checks and spends a code of the secret that was set up last and that no code has confirmed yet. A code of an older
   * secret confirms nothing.
   */
  async confirm(
    shown: Pick<ShownCode, 'code' | 'on'> & { readonly user: CodeHolder },
    context: RequestContext,
  ): Promise<boolean> {
    const { active, pending } = await this.#deps.store.enrolments.find(shown.user.id)
    const unconfirmed = pending ?? (active?.confirmedAt === undefined ? active : undefined)
    const failures = inARow(active, pending)
    return (await this.#spend({ ...shown, alone: true, failures, candidates: [unconfirmed] }, context)) !== undefined
  }

  async #spend(
    { user, code, alone, failures, candidates, on }: ShownCode,
    context: RequestContext,
  ): Promise<SpentCode | undefined> {
    const { store, clock } = this.#deps
    const userId = user?.id ?? ''
    // A code alone from a known address has a limit of its own, which unknown callers cannot reach (N-011).
    const hasOwnLimit = alone && context.known !== undefined
    const beside = alone ? undefined : { userId, known: context.known }
    const patient = beside !== undefined && (await this.#hasGuessedPatiently(beside))
    const capped = patient || (!hasOwnLimit && failures >= totpFailureCap)
    const ahead = user && isCodeOnly(user) ? 0 : totpDriftSteps
    for (const candidate of candidates) {
      const enrolment = capped ? undefined : candidate
      // Where there is none, a decoy is opened and compared with: else the time would tell who has a secret (I9).
      const step = matchingStep(this.#openForCheck(enrolment ?? this.#decoy), code, clock.now(), ahead)
      if (!enrolment || step === undefined) continue
      const subject = { kind: 'user', id: userId } as const
      const detail = { totp: 'confirmed' }
      const event = auditEvent({ action: 'factors_changed', subject, detail }, { subject, context }, this.#deps)
      const { slot, sealed } = enrolment
      const outcome = written(await store.enrolments.accept({ userId, slot, sealed, step, at: clock.now() }, event, on))
      if (outcome === 'spent') continue
      const confirmed = outcome === 'confirmed'
      return { confirmed, endedSessions: confirmed && slot === 'pending' }
    }
    if (!hasOwnLimit) await afterJudging(store.enrolments.countFailure(userId))
    if (beside) await afterJudging(this.#countBeside(beside))
    return undefined
  }

  /**
   * Whether codes beside the right password were guessed at for so long that none is verified now. The cap of codes in a row does
   * not see that: it begins anew with each login of the user (N-344). It is not disclosed, since it reveals that the password is right.
   */
  async #hasGuessedPatiently(guess: BesideGuess): Promise<boolean> {
    const found = await this.#deps.store.counters.read(besideKeys(guess))
    return besideIsFull(ownCounter(guess, found), this.#deps.clock.latest())
  }

  #countBeside(guess: BesideGuess): Promise<void> {
    const now = this.#deps.clock.latest()
    return this.#deps.store.counters.change(besideKeys(guess), (found) => ({
      next: [undefined, besideGuess(ownCounter(guess, found), now)],
      result: undefined,
    }))
  }

  async #store({ userId, on }: NewSecret, slot: Enrolment['slot'], by: Caller): Promise<Uint8Array | Unmet> {
    const { store, random } = this.#deps
    const secret = random.bytes(totpSecretBytes)
    const subject = { kind: 'user', id: userId } as const
    const event = auditEvent({ action: 'factors_changed', subject, detail: { slot } }, by, this.#deps)
    const outcome = await store.enrolments.put(this.#sealed(userId, slot, secret), event, on)
    return outcome === 'stored' ? secret : outcome
  }

  #sealed(userId: string, slot: Enrolment['slot'], secret: Uint8Array): Enrolment {
    const { clock, random, masterKey } = this.#deps
    return {
      userId,
      slot,
      sealed: seal(secret, totpSecretContext(userId), masterKey, random),
      createdAt: clock.now(),
      confirmedAt: undefined,
      lastStep: 0,
      failures: 0,
    }
  }

  /** At a login a secret that does not open counts as a wrong code, and is an error in the log (N-048). */
  #openForCheck(enrolment: Enrolment): Uint8Array {
    try {
      return this.#open(enrolment)
    } catch (cause) {
      if (cause instanceof SealError) throw new AuthError('credentials_invalid', { cause })
      throw cause
    }
  }

  #open({ sealed, userId }: Enrolment): Uint8Array {
    return unseal(sealed, totpSecretContext(userId), this.#deps.masterKey)
  }
}
