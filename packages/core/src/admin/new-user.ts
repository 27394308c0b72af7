import type { Domain } from '../domain/domain.ts'
import { newId } from '../model/authorization/id.ts'
import type { Role } from '../model/principals/role.ts'
import type { Factor, User } from '../model/principals/user.ts'
import type { UsernameForms } from '../model/username.ts'
import type { NewPassword } from '../ports/store/users.ts'

export interface NewUser {
  readonly username: string
  readonly role: Role
  readonly password: string | undefined
  readonly requiredFactors: readonly Factor[]
  /** Whether the user must change the password before anything else. Default is false. */
  readonly mustChange?: boolean | undefined
  /** Whether the user may have fewer factors than the policy demands, and sets up the rest at the first login. Default is false. */
  readonly enrolsLater?: boolean | undefined
  /** Whether a TOTP secret is made later, by `TotpEnrolment.setUp`, where a code is required. Default is false. */
  readonly secretLater?: boolean | undefined
}

/** A user who has never logged in. */
export function newUser(
  { role, requiredFactors, mustChange }: NewUser,
  name: UsernameForms,
  password: NewPassword | undefined,
  { clock, random }: Pick<Domain, 'clock' | 'random'>,
): User {
  return {
    id: newId(clock, random),
    ...name,
    role,
    requiredFactors,
    passwordHash: password?.hash,
    createdAt: clock.now(),
    disabledAt: undefined,
    sessionsEpoch: 0,
    personalEpoch: 0,
    version: 0,
    mustChangeSince: mustChange && password ? clock.now() : undefined,
    passwordStandsAlone: password?.standsAlone,
  }
}
