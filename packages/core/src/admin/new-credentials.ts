import type { Factor, User } from '../model/principals/user.ts'

/** What is set anew for a user. At least one of the two. */
export interface NewCredentials {
  readonly password?: string | undefined
  /** A new TOTP secret. Default is false. */
  readonly totp?: boolean | undefined
  /** Whether the user must change the password before anything else. Default is false. */
  readonly mustChange?: boolean | undefined
}

/** A user with new credentials. */
export interface ResetUser {
  readonly user: User
  /** To be shown once; `undefined` where none was requested. */
  readonly secret: Uint8Array | undefined
  /** The factors that were set anew. */
  readonly renewed: readonly Factor[]
  /** The factors that are required at login besides, as before. */
  readonly alsoRequired: readonly Factor[]
}

/** The factors that are set anew. */
export const factorsIn = ({ password, totp }: NewCredentials): readonly Factor[] => [
  ...(password === undefined ? [] : (['password'] as const)),
  ...(totp ? (['totp'] as const) : []),
]

/** What must be shown after a reset: never less than before, and all that was set anew. */
export function requiredAfter({ requiredFactors }: User, given: NewCredentials): readonly Factor[] {
  const renewed = factorsIn(given)
  const isLess = given.password === undefined || renewed.every((factor) => requiredFactors.includes(factor))
  return isLess ? requiredFactors : renewed
}
