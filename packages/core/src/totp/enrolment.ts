import { auditEvent } from '../audit-event.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { type MasterKey, seal, unseal } from '../keys/sealing.ts'
import type { Enrolment } from '../ports/enrolments.ts'
import type { Subject } from '../principals/subject.ts'
import { matchingStep, totpSecretBytes } from './totp.ts'

/** Wrong codes in a row after which no code is accepted any more, until the owner or the command line says so (S10). */
export const totpFailureCap = 100

type Deps = Pick<Domain, 'store' | 'clock' | 'random'> & { readonly masterKey: MasterKey }

const context = (userId: string): string => `totp secret of ${userId}`

/** TOTP secrets (RFC 6238): sealed at rest, each code good once, replaced in two phases. */
export class TotpEnrolment {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * The secret to be shown for setting up an authenticator. While no code has confirmed the present one, that one; after
   * that a new pending one each time, and the old one stays valid until a code of the new one arrives (N-044, N-045).
   */
  async setUp(userId: string, actor: Subject | undefined, circumstances: Circumstances): Promise<Uint8Array> {
    const { active } = await this.#deps.store.enrolments.find(userId)
    if (active && active.confirmedAt === undefined) return this.#open(active)
    return this.#store(userId, active ? 'pending' : 'active', actor, circumstances)
  }

  /** A new secret in place of all there was; nobody's code of an old one counts any more. */
  reset(userId: string, actor: Subject | undefined, circumstances: Circumstances): Promise<Uint8Array> {
    return this.#store(userId, 'active', actor, circumstances)
  }

  /** Whether the secret may still be shown: no code has confirmed it. */
  async isUnconfirmed(userId: string): Promise<boolean> {
    const { active } = await this.#deps.store.enrolments.find(userId)
    return active !== undefined && active.confirmedAt === undefined
  }

  /**
   * Checks a code and spends it. The same work, whether the user has a secret or not.
   *
   * @param userId Nothing for a name that nobody has.
   */
  async verify(userId: string | undefined, code: string, circumstances: Circumstances): Promise<boolean> {
    const { store, clock } = this.#deps
    const id = userId ?? ''
    const { active, pending } = await store.enrolments.find(id)
    if (active && active.failures >= totpFailureCap) {
      await store.enrolments.countFailure(id)
      return false
    }
    for (const enrolment of [active, pending]) {
      const step = enrolment && matchingStep(this.#open(enrolment), code, clock.now())
      if (!enrolment || step === undefined) continue
      const subject = { kind: 'user', id } as const
      const event = auditEvent({ action: 'factors_changed', actor: subject, subject }, circumstances, this.#deps)
      const outcome = await store.enrolments.accept({ userId: id, slot: enrolment.slot, step, at: clock.now() }, event)
      if (outcome === 'accepted') return true
    }
    await store.enrolments.countFailure(id)
    return false
  }

  async #store(
    userId: string,
    slot: Enrolment['slot'],
    actor: Subject | undefined,
    circumstances: Circumstances,
  ): Promise<Uint8Array> {
    const { store, clock, random, masterKey } = this.#deps
    const secret = random.bytes(totpSecretBytes)
    const event = auditEvent(
      { action: 'factors_changed', actor, subject: { kind: 'user', id: userId }, detail: { slot } },
      circumstances,
      this.#deps,
    )
    const enrolment: Enrolment = {
      userId,
      slot,
      sealed: seal(secret, context(userId), masterKey, random),
      createdAt: clock.now(),
      confirmedAt: undefined,
      lastStep: 0,
      failures: 0,
    }
    await store.enrolments.put(enrolment, event)
    return secret
  }

  #open({ sealed, userId }: Enrolment): Uint8Array {
    return unseal(sealed, context(userId), this.#deps.masterKey)
  }
}
