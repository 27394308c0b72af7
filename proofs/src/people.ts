import { type Factor, localCaller, type Role, type UseCases, type User } from '@countersign/core'

/** The password of every user, unless a test sets another. */
export const goodPassword = 'a long and honest password'
export const wrongPassword = 'a long and dishonest password'

export interface NewPerson {
  readonly username?: string
  readonly role?: Role
  readonly password?: string
  readonly requiredFactors?: readonly Factor[]
}

/** Alice, a viewer, unless a test says otherwise. */
export function addUser(issuer: { readonly useCases: UseCases }, given: NewPerson): Promise<User> {
  const person = { username: 'alice', role: 'viewer', password: goodPassword, requiredFactors: ['password'] } as const
  return issuer.useCases.users.create({ ...person, ...given, secretLater: true }, localCaller).then(({ user }) => user)
}
