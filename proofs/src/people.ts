import { createUser, type Domain, type Factor, type Role, type User } from '@countersign/core'

/** Everybody's password, unless a test says otherwise. */
export const goodPassword = 'a long and honest password'
export const wrongPassword = 'a long and dishonest password'

export interface NewPerson {
  readonly username?: string
  readonly role?: Role
  readonly password?: string
  readonly requiredFactors?: readonly Factor[]
}

/** Alice, a viewer, unless a test says otherwise. */
export function addUser(issuer: { readonly domain: Domain }, given: NewPerson): Promise<User> {
  const person = { username: 'alice', role: 'viewer', password: goodPassword, requiredFactors: ['password'] } as const
  return createUser(issuer.domain, { ...person, ...given }, undefined, { address: undefined, requestId: undefined })
}
