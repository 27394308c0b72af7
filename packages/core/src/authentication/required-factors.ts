import type { Domain } from '../domain/domain.ts'
import type { Policy } from '../model/policy.ts'
import type { Role } from '../model/principals/role.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'

/** All factors that a login must show: those required of the user, and those that the policy demands of the role. */
export const requiredOf = (
  { requiredFactors, role }: Pick<User, 'requiredFactors' | 'role'>,
  policy: Pick<Policy, 'requiredFactors'>,
): readonly Factor[] => [...new Set([...requiredFactors, ...policy.requiredFactors[role]])]

/** Whether these factors are all that the policy demands of a role. */
export const suffices = (factors: readonly Factor[], role: Role, policy: Pick<Policy, 'requiredFactors'>): boolean =>
  policy.requiredFactors[role].every((factor) => factors.includes(factor))

/** Which factors a login of a user must show. */
export class RequiredFactors {
  readonly #deps: Pick<Domain, 'policy'> & { readonly totp: Pick<TotpEnrolment, 'state'> }

  constructor(deps: Pick<Domain, 'policy'> & { readonly totp: Pick<TotpEnrolment, 'state'> }) {
    this.#deps = deps
  }

  of(user: User): readonly Factor[] {
    return requiredOf(user, this.#deps.policy)
  }

  /**
   * The factors that the policy demands of a user who does not have them: no password is set, or no code has confirmed an
   * authenticator. A factor that is required of the user besides is never lacking: it must be shown.
   *
   * One read where the policy demands anything of any role, whatever the name (I9); else none.
   *
   * @param user `undefined` for a name that no user has: then nothing is lacking.
   */
  async lackingOf(user: User | undefined): Promise<readonly Factor[]> {
    const { policy, totp } = this.#deps
    if (Object.values(policy.requiredFactors).every((demanded) => demanded.length === 0)) return []
    const state = await totp.state(user?.id ?? '')
    if (!user) return []
    const isThere = { password: user.passwordHash !== undefined, totp: state === 'confirmed' }
    return policy.requiredFactors[user.role].filter(
      (factor) => !user.requiredFactors.includes(factor) && !isThere[factor],
    )
  }
}
