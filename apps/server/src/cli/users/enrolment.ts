// What `create-user` does: creates users, resets them, shows a secret again. Knows no flags and prints nothing.
import {
  createUserWithSecret,
  type Factor,
  type NewCredentials,
  type NewUser,
  type User,
  unconfirmedSecret,
} from '@countersign/core'
import { type TotpSetup, totpSetup } from '../../adapters/totp-setup.ts'
import type { Authority } from '../../compose/authority.ts'
import { fromCommandLine } from '../command/folder.ts'

/** The result, and the secret, which is shown only once. */
export interface Outcome {
  readonly user: User
  /** Whether the user is new. */
  readonly made: boolean
  readonly message: string
  readonly setup: TotpSetup | undefined
}

const commandLine = { actor: undefined, circumstances: fromCommandLine } as const

/** Creates a user, with a TOTP secret if a code is required. @throws AuthError */
export async function makePerson({ domain, useCases }: Authority, given: NewUser): Promise<Outcome> {
  const { user, secret } = await createUserWithSecret({ ...domain, totp: useCases.totp }, given, commandLine)
  const made = `Made ${user.role} ${user.username} (${user.id}).`
  const message = user.mustChangeSince === undefined ? made : `${made} ${mustChange}`
  return { user, made: true, message, setup: secret && (await totpSetup(user.username, secret)) }
}

/** For an existing user: revokes all sessions, and shows the secret again unless a code has already confirmed it. */
export async function showAgain({ useCases }: Authority, user: User): Promise<Outcome> {
  await useCases.people.revokeAll(user.id, { personal: false }, commandLine)
  const secret = await unconfirmedSecret(useCases, user.id, commandLine)
  const ended = `Every session of ${user.username} has ended.`
  if (secret) return { user, made: false, message: ended, setup: await totpSetup(user.username, secret) }
  return {
    user,
    made: false,
    message: `${ended} There is no secret to show again: -r makes a new one.`,
    setup: undefined,
  }
}

const mustChange = 'They must change the password at their next login, within 14 days.'

const stillRequired: Readonly<Record<Factor, string>> = {
  password: 'The password is still required as well; --password-stdin --totp also sets a new one.',
  totp: 'A code is required besides, as before; --totp makes a new secret, too.',
}

/**
 * Sets a new password, a new secret, or both for an existing user, and revokes all sessions. Required factors are never
 * reduced.
 */
export async function resetPerson({ useCases }: Authority, { id }: User, anew: NewCredentials): Promise<Outcome> {
  const { user, secret, requiredFactors } = await useCases.people.reset(id, anew, commandLine)
  const given: readonly Factor[] = [
    ...(anew.password === undefined ? [] : (['password'] as const)),
    ...(anew.totp ? (['totp'] as const) : []),
  ]
  const renewed = [...(anew.password === undefined ? [] : ['password']), ...(anew.totp ? ['secret'] : [])]
  const besides = requiredFactors.filter((one) => !given.includes(one)).map((one) => stillRequired[one])
  const ended = `Set a new ${renewed.join(' and a new ')} for ${user.username}; every session has ended.`
  return {
    user,
    made: false,
    message: [ended, ...besides, ...(anew.password !== undefined && anew.mustChange ? [mustChange] : [])].join(' '),
    setup: secret && (await totpSetup(user.username, secret)),
  }
}
