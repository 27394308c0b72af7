// What `create-user` does: creates users, resets them, shows a secret again. Knows no flags and prints nothing.
import { type Factor, localCaller, type NewCredentials, type NewUser, type User } from '@countersign/core'
import { type TotpSetup, totpSetup } from '../../adapters/totp-setup.ts'
import type { Authority } from '../../compose/authority.ts'

/** The result, and the secret, which is shown only once. */
export interface Outcome {
  readonly user: User
  /** Whether the user is new. */
  readonly made: boolean
  readonly message: string
  readonly setup: TotpSetup | undefined
}

/** Creates a user, with a TOTP secret if a code is required. @throws AuthError */
export async function makeUser({ useCases }: Authority, given: NewUser): Promise<Outcome> {
  const { user, secret } = await useCases.users.create(given, localCaller)
  const made = `Made ${user.role} ${user.username} (${user.id}).`
  const message = user.mustChangeSince === undefined ? made : `${made} ${mustChange}`
  return { user, made: true, message, setup: secret && (await totpSetup(user.username, secret)) }
}

/** For an existing user: revokes all sessions, and shows the secret again unless a code has already confirmed it. */
export async function showAgain({ useCases }: Authority, user: User): Promise<Outcome> {
  await useCases.revocation.revokeAllOf({ userId: user.id, personal: false }, localCaller)
  const secret = await useCases.users.showSecret(user.id, localCaller)
  const ended = `Every session of ${user.username} has ended.`
  if (secret) return { user, made: false, message: ended, setup: await totpSetup(user.username, secret) }
  const message = `${ended} There is no secret to show again: -r makes a new one.`
  return { user, made: false, message, setup: undefined }
}

const mustChange = 'They must change the password at their next login, within 14 days.'

const stillRequired: Readonly<Record<Factor, string>> = {
  password: 'The password is still required as well; --password-stdin --totp also sets a new one.',
  totp: 'A code is required besides, as before; --totp makes a new secret, too.',
}

const nameOf: Readonly<Record<Factor, string>> = { password: 'password', totp: 'secret' }

/**
 * Sets a new password, a new secret, or both for an existing user, and revokes all sessions. Required factors are never
 * reduced.
 */
export async function resetUser(
  { useCases }: Authority,
  given: NewCredentials & { readonly id: string },
): Promise<Outcome> {
  const { user, secret, renewed, alsoRequired } = await useCases.users.reset(given, localCaller)
  const set = renewed.map((factor) => nameOf[factor]).join(' and a new ')
  const ended = `Set a new ${set} for ${user.username}; every session has ended.`
  const besides = alsoRequired.map((factor) => stillRequired[factor])
  const isToChange = given.password !== undefined && given.mustChange
  const message = [ended, ...besides, ...(isToChange ? [mustChange] : [])].join(' ')
  return { user, made: false, message, setup: secret && (await totpSetup(user.username, secret)) }
}
