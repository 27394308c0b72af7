/** What may happen to a user, and a user with every kind of credential to whom it happens. */
import {
  type Access,
  callerOf,
  type Factor,
  localCaller,
  nativeSession,
  nativeSessionPolicy,
  type PlainToken,
  totpCode,
  totpStepSeconds,
  type UseCases,
  type User,
} from '@countersign/core'
import { expect } from 'vitest'
import { goodPassword } from '../people.ts'
import { here, reveal } from '../test-issuer.ts'
import { accessOf, type Issuer, owner, revokeAllKeys, type Told } from './issuer.ts'

const next = 'another long and honest password'

export interface Person {
  readonly issuer: Issuer
  readonly user: User
  readonly owner: User
  readonly session: Access
  readonly refreshToken: string
  /** The secrets of their two slots, the active one confirmed. */
  readonly secrets: { readonly active: Uint8Array; readonly pending: Uint8Array }
}

/** A code of a secret, good at this moment and a step later than any before. */
function codeOf(issuer: Issuer, secret: Uint8Array): string {
  issuer.clock.advance(totpStepSeconds)
  return totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
}

/** All that is required of the user, shown anew. */
const shown = ({ issuer, secrets }: Person) => ({ password: goodPassword, code: codeOf(issuer, secrets.active) })

export interface UserEvent {
  readonly happens: (person: Person) => Promise<unknown>
  /** What the revocation feed tells of it. Default is that the tokens of the user are doubtful. */
  readonly told?: Told
  /** What they must show at login when it happens. Default is both. */
  readonly required?: readonly Factor[]
}

export const both: readonly Factor[] = ['password', 'totp']

export const toUsers: Readonly<Record<string, UserEvent>> = {
  'they change their password': {
    required: ['password'],
    happens: ({ issuer, session }) =>
      issuer.useCases.me.changePassword({ current: goodPassword, next }, callerOf(session.authorization, here.context)),
  },
  'the owner sets their password': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, owner),
  },
  'the owner sets a password that they must change': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next, mustChange: true }, owner),
  },
  'they change a password that they must change': {
    told: ['subject user', 'subject user'],
    happens: async (one) => {
      const { user, issuer, secrets } = one
      await one.issuer.useCases.users.reset({ id: user.id, password: next, mustChange: true }, owner)
      const code = { code: codeOf(issuer, secrets.active) }
      const who = await issuer.useCases.login.begin({ username: 'alice', password: next, ...code }, here)
      expect(who.incomplete).toBe('password_change')
      const { authorization } = await issuer.useCases.sessions.openIncomplete({ who, kind: 'password_change' }, here)
      const shown = {
        current: next,
        next: 'yet another long and honest password',
        code: codeOf(issuer, secrets.active),
      }
      await issuer.useCases.me.changePassword(shown, callerOf(authorization, here.context))
      expect((await issuer.store.authorizations.find(authorization.id))?.authorization.epoch).toBeLessThan(
        (await issuer.store.users.find(user.id))?.sessionsEpoch ?? 0,
      )
    },
  },
  'the same, and a code was their only factor': {
    required: ['totp'],
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, owner),
  },
  'the owner resets their TOTP secret': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, totp: true }, owner),
  },
  '`reset-password`': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, localCaller),
  },
  '`create-user -r`, for a user whose only factor is a code': {
    required: ['totp'],
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, totp: true }, localCaller),
  },
  '`create-user -r --password-stdin`': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, localCaller),
  },
  '`create-user -r --password-stdin --totp`': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next, totp: true }, localCaller),
  },
  'a code confirms a TOTP secret that replaces another': {
    happens: async ({ issuer, user, secrets }) => {
      expect(await issuer.useCases.totp.confirm({ user, code: codeOf(issuer, secrets.pending) }, here.context)).toBe(
        true,
      )
    },
  },
  'they require more factors of themselves': {
    required: ['password'],
    happens: (one) =>
      one.issuer.useCases.me.chooseFactors(
        { required: both, shown: shown(one) },
        callerOf(one.session.authorization, here.context),
      ),
  },
  'they require fewer factors of themselves': {
    happens: (one) =>
      one.issuer.useCases.me.chooseFactors(
        { required: ['password'], shown: shown(one) },
        callerOf(one.session.authorization, here.context),
      ),
  },
  'the owner requires more factors of them': {
    required: ['password'],
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, requiredFactors: both }, owner),
  },
  'the owner requires fewer factors of them': {
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, requiredFactors: ['password'] }, owner),
  },
  'the owner changes their role': {
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, role: 'viewer' }, owner),
  },
  'they become the owner': {
    told: ['subject owner', 'subject user'],
    happens: (one) =>
      one.issuer.useCases.users.transferOwnership(
        { to: one.user.id, proof: { user: one.owner, on: { latest: one.issuer.clock.latest() } } },
        here,
      ),
  },
  'they transfer the ownership': {
    told: ['subject owner', 'subject user', 'subject user', 'subject owner'],
    happens: async (one) => {
      const on = { latest: one.issuer.clock.latest() }
      await one.issuer.useCases.users.transferOwnership({ to: one.user.id, proof: { user: one.owner, on } }, here)
      await one.issuer.useCases.users.transferOwnership({ to: one.owner.id, proof: { user: one.user, on } }, here)
    },
  },
  'they end this session': {
    told: ['authorization session'],
    happens: ({ issuer, session }) =>
      issuer.useCases.revocation.revoke(session.authorization, { ...here, subject: session.authorization.subject }),
  },
  'a refresh token of this session is used twice': {
    told: ['authorization session'],
    happens: async ({ issuer, refreshToken }) => {
      await issuer.refresh(refreshToken)
      await expect(issuer.refresh(refreshToken)).rejects.toMatchObject({ code: 'refresh_token_reused' })
    },
  },
  'they end their other sessions': {
    happens: ({ issuer, session }) =>
      issuer.useCases.revocation.endOtherSessions(callerOf(session.authorization, here.context)),
  },
  'the owner ends all users’ sessions': {
    told: ['subject *'],
    happens: async ({ issuer, owner }) => {
      const { authorization } = await issuer.useCases.sessions.open(
        { who: { user: owner, factors: ['password'] }, policy: nativeSessionPolicy },
        here,
      )
      const proof = { user: owner, on: { latest: issuer.clock.latest() } }
      await issuer.useCases.revocation.endEverybodysSessions(proof, callerOf(authorization, here.context))
    },
  },
  'they use no session for 14 days': {
    told: [],
    happens: async ({ issuer }) => issuer.clock.advance(issuer.domain.policy.sessionIdleSeconds),
  },
  'the owner ends all their sessions': {
    happens: (one) => one.issuer.useCases.revocation.revokeAllOf({ userId: one.user.id, personal: false }, owner),
  },
  'the owner revokes everything that they hold': {
    happens: (one) => one.issuer.useCases.revocation.revokeAllOf({ userId: one.user.id, personal: true }, owner),
  },
  'they are disabled': {
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, disabled: true }, owner),
  },
  'they are disabled, and enabled again': {
    happens: async (one) => {
      await one.issuer.useCases.users.change({ id: one.user.id, disabled: true }, owner)
      await one.issuer.useCases.users.change({ id: one.user.id, disabled: false }, owner)
    },
  },
  'they are deleted': { happens: (one) => one.issuer.useCases.users.remove(one.user.id, owner) },
  'all key sets are revoked': { told: ['key'], happens: ({ issuer }) => revokeAllKeys(issuer) },
}

/** The APIs that a login names. */
type Target = Parameters<UseCases['sessions']['open']>[0]['target']

/** A user with every kind of credential. */
export async function everyWayIn(issuer: Issuer, requiredFactors: readonly Factor[], target?: Target): Promise<Person> {
  const { totp, login, sessions } = issuer.useCases
  const owner = await issuer.addUser({ username: 'owner', role: 'owner' })
  const added = await issuer.addUser({ role: 'manager', requiredFactors })
  const { id } = added
  const active = await totp.setUp(id, here)
  expect(await totp.confirm({ user: added, code: codeOf(issuer, active) }, here.context)).toBe(true)
  const pending = await totp.setUp(id, here)
  await issuer.useCases.recoveryCodes.renew({ userId: id }, localCaller)
  const required = requiredFactors.includes('password') ? { password: goodPassword } : {}
  const code = requiredFactors.includes('totp') ? { code: codeOf(issuer, active) } : {}
  const who = await login.authenticate({ username: 'alice', ...required, ...code }, here)
  const { accessToken, refreshToken } = await sessions.open(
    { who, policy: nativeSession(issuer.domain.policy, { cookie: false }), target },
    here,
  )
  const session = await accessOf(issuer, accessToken)
  const user = (await issuer.store.users.find(id)) as User
  const refresh = reveal(refreshToken as PlainToken)
  return { issuer, user, owner, session, refreshToken: refresh, secrets: { active, pending } }
}
