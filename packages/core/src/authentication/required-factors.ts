import type { Domain } from '../domain/domain.ts'
import type { Policy } from '../model/policy.ts'
import type { Role } from '../model/principals/role.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { TotpEnrolment } from '../totp/enrolment.ts'

/** All that a login of the person must show: what is required of them, and what the policy demands of their role. */
export const requiredOf = (
  { requiredFactors, role }: Pick<User, 'requiredFactors' | 'role'>,
  policy: Pick<Policy, 'requiredFactors'>,
): readonly Factor[] => [...new Set([...requiredFactors, ...policy.requiredFactors[role]])]

/** Whether somebody of a role who must show these factors shows all that the policy demands. */
export const suffices = (factors: readonly Factor[], role: Role, policy: Pick<Policy, 'requiredFactors'>): boolean =>
  policy.requiredFactors[role].every((factor) => factors.includes(factor))

/**
 * What the policy demands of a person who does not have it: no password is set, or no code has confirmed an authenticator. What
 * is required of the person besides is never lacking: they must show it.
 *
 * One read where the policy demands anything of any role, whoever is named (I9); else none.
 *
 * @param user `undefined` for a name that nobody has: then nothing is lacking.
 */
export async function lackingOf(
  user: User | undefined,
  { policy, totp }: Pick<Domain, 'policy'> & { readonly totp: TotpEnrolment },
): Promise<readonly Factor[]> {
  if (Object.values(policy.requiredFactors).every((demanded) => demanded.length === 0)) return []
  const state = await totp.state(user?.id ?? '')
  if (!user) return []
  const isThere = { password: user.passwordHash !== undefined, totp: state === 'confirmed' }
  return policy.requiredFactors[user.role].filter(
    (factor) => !user.requiredFactors.includes(factor) && !isThere[factor],
  )
}
