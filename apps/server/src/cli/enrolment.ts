// What `create-user` does to people: makes them, resets them, shows a secret again. It knows no flags and prints nothing.
import {
  AuthError,
  createUser,
  type Factor,
  type NewUser,
  requireAcceptablePassword,
  resetTotp,
  type User,
  unconfirmedSecret,
} from '@countersign/core'
import type { Authority } from '../authority.ts'
import { type TotpSetup, totpSetup } from '../totp-setup.ts'
import { fromCommandLine } from './folder.ts'

/** What was done, and what is shown this once. */
export interface Outcome {
  readonly user: User
  /** Whether the person is new. */
  readonly made: boolean
  readonly message: string
  readonly setup: TotpSetup | undefined
}

const commandLine = { actor: undefined, circumstances: fromCommandLine } as const

/** Makes a person, and a secret where a code is required. @throws AuthError */
export async function makePerson({ domain, useCases }: Authority, given: NewUser): Promise<Outcome> {
  const user = await createUser(domain, given, undefined, fromCommandLine)
  const message = `Made ${user.role} ${user.username} (${user.id}).`
  if (!user.requiredFactors.includes('totp')) return { user, made: true, message, setup: undefined }
  const secret = await useCases.totp.setUp(user.id, undefined, fromCommandLine)
  return { user, made: true, message, setup: await totpSetup(user.username, secret) }
}

/** For somebody who exists: every session ends, and the secret is shown again unless a code has confirmed it. */
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

const stillRequired: Readonly<Record<Factor, string>> = {
  password: 'Their password is required besides, as before; --password-stdin --totp sets that, too.',
  totp: 'A code is required besides, as before; --totp makes a new secret, too.',
}

interface Anew {
  readonly password: string | undefined
  readonly totp: boolean
}

/** A new password, a new secret, or both, for somebody who exists; every session ends. Nothing is required less than before. */
export async function resetPerson(authority: Authority, user: User, { password, totp }: Anew): Promise<Outcome> {
  const { useCases } = authority
  const given: readonly Factor[] = [
    ...(password === undefined ? [] : (['password'] as const)),
    ...(totp ? (['totp'] as const) : []),
  ]
  const keepsBoth =
    user.requiredFactors.length > given.length && given.every((one) => user.requiredFactors.includes(one))
  const requiredFactors = keepsBoth ? user.requiredFactors : given
  if (password !== undefined) await setPassword(authority, { ...user, requiredFactors }, password)
  const secret = totp ? await resetTotp(useCases, user.id, commandLine) : undefined
  if (requiredFactors !== user.requiredFactors) {
    await useCases.people.changeRequiredFactors(user.id, requiredFactors, commandLine)
  }
  const renewed = [...(password === undefined ? [] : ['password']), ...(totp ? ['secret'] : [])].join(' and a new ')
  const besides = requiredFactors.filter((one) => !given.includes(one)).map((one) => stillRequired[one])
  const message = [`Set a new ${renewed} for ${user.username}; every session has ended.`, ...besides].join(' ')
  return { user, made: false, message, setup: secret && (await totpSetup(user.username, secret)) }
}

async function setPassword({ domain, store }: Authority, user: User, password: string): Promise<void> {
  requireAcceptablePassword(password, user, domain)
  const to = await domain.hasher.hash(password)
  const subject = { kind: 'user', id: user.id } as const
  const event = { at: domain.clock.now(), action: 'password_changed', subject } as const
  const change = { userId: user.id, from: user.passwordHash, to, keep: undefined }
  const outcome = await store.users.changePassword(change, event)
  // Somebody changed it in the same moment; whose word counts is the administrator's to say again.
  if (outcome === 'unchanged') throw new AuthError('unavailable', { retryAfterSeconds: 1 })
}
