import type { Domain } from '../domain/domain.ts'
import { written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import type { Random } from '../ports/system/random.ts'
import { digest } from '../tokens/digest.ts'
import { PlainToken } from '../tokens/plain-token.ts'
import { base32 } from './totp.ts'

/** How many are issued at a time; new ones replace all old ones. */
export const recoveryCodeCount = 10
/** 120 bits (ASVS 6.5.2: at least 112): 24 letters, in groups of four. Older codes have 80 bits, until they are replaced. */
const recoveryCodeBytes = 15

const grouped = (text: string): string => text.replaceAll(/(.{4})(?=.)/g, '$1-')

/** Codes are typed by hand: case and hyphens do not count. */
export const recoveryCodeDigest = (code: string): Uint8Array => digest(code.replaceAll('-', '').toUpperCase())

const newCode = (random: Random): string => base32(random.bytes(recoveryCodeBytes))

/** Single-use codes in place of a lost authenticator's. Shown once, stored as digests. */
export class RecoveryCodes {
  readonly #deps: Pick<Domain, 'store' | 'clock' | 'random'>

  constructor(deps: Pick<Domain, 'store' | 'clock' | 'random'>) {
    this.#deps = deps
  }

  /** Ten new codes; the old ones are void. @param input `on`: what the write depends on. Default is nothing. */
  async renew(
    { userId, on }: { readonly userId: string; readonly on?: WriteCondition | undefined },
    by: Caller,
  ): Promise<readonly PlainToken[]> {
    const codes = Array.from({ length: recoveryCodeCount }, () => newCode(this.#deps.random))
    const subject = { kind: 'user', id: userId } as const
    const detail = { recoveryCodes: codes.length }
    const event = auditEvent({ action: 'factors_changed', subject, detail }, by, this.#deps)
    written(await this.#deps.store.recoveryCodes.replace(userId, codes.map(recoveryCodeDigest), event, on))
    return codes.map((code) => new PlainToken(grouped(code)))
  }

  /**
   * Spends a code. The same work, whether the user has such a code or not.
   *
   * @param input `userId`: `undefined` for a name that no user has.
   * @returns Whether it was one of the user's, and not spent before.
   */
  async spend(
    { userId, code }: { readonly userId: string | undefined; readonly code: string },
    context: RequestContext,
  ): Promise<boolean> {
    const { store, clock } = this.#deps
    const subject = userId === undefined ? undefined : ({ kind: 'user', id: userId } as const)
    const detail = { recoveryCode: 'spent' }
    const event = auditEvent({ action: 'factors_changed', subject, detail }, { subject, context }, this.#deps)
    return (await store.recoveryCodes.spend(userId ?? '', recoveryCodeDigest(code), clock.now(), event)) === 'spent'
  }

  countLeft(userId: string): Promise<number> {
    return this.#deps.store.recoveryCodes.countLeft(userId)
  }
}
