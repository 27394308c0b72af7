import type { AccessForm } from '../model/authorization/authorization.ts'
import type { Policy } from '../model/policy.ts'
import type { Client } from '../model/principals/client.ts'
import type { Role } from '../model/principals/role.ts'

/** The terms of a new session. Set by the dialect; a request cannot influence them. Times in seconds. */
export interface SessionPolicy {
  readonly dialect: string
  /** The built-in client that the session is given through. */
  readonly clientId: string
  readonly accessForm: AccessForm
  readonly accessLifetimeSeconds: number
  /** Lifetime of the Authorization. Refreshing never extends it. */
  readonly lifetimeSeconds: number
  /** Ends the session after so long without use. Default is never. */
  readonly idleSeconds?: number | undefined
  /** Whether refresh tokens are given. */
  readonly refreshable: boolean
  /** Whether a new login ends the user's earlier sessions of this dialect. */
  readonly replacing: boolean
  /** The most that its tokens may do, for any user. Default is the user's own role. */
  readonly roleCeiling?: Role | undefined
  /** Where `clientId` is a registered client: the session ends with the client's epoch. */
  readonly clientEpoch?: number | undefined
}

/** The public client that users' native sessions are given through. */
export const firstPartyClientId = 'countersign'

/** Native sessions: 10 minutes of access, 30 days in all. */
export const nativeSessionPolicy: SessionPolicy = {
  dialect: 'native',
  clientId: firstPartyClientId,
  accessForm: 'jwt',
  accessLifetimeSeconds: 600,
  lifetimeSeconds: 30 * 86_400,
  refreshable: true,
  replacing: false,
}

/** The terms of a native login, with the inactivity timeout of sessions, or of those that a browser keeps in a cookie. */
export const nativeSession = (
  { sessionIdleSeconds, cookieIdleSeconds }: Pick<Policy, 'sessionIdleSeconds' | 'cookieIdleSeconds'>,
  { cookie }: { readonly cookie: boolean },
): SessionPolicy => ({
  ...nativeSessionPolicy,
  idleSeconds: (cookie ? cookieIdleSeconds : sessionIdleSeconds) || undefined,
})

/** A login that is not complete: ten minutes for completing it, by an opaque token that only the issuer accepts. */
export const incompleteSessionPolicy: SessionPolicy = {
  ...nativeSessionPolicy,
  accessForm: 'opaque',
  lifetimeSeconds: nativeSessionPolicy.accessLifetimeSeconds,
  refreshable: false,
  replacing: true,
  roleCeiling: 'viewer',
}

/**
 * The same policy for sessions that users are given through a registered client: they may do what both may, and end with
 * either of them.
 */
export const throughClient = (policy: SessionPolicy, client: Client): SessionPolicy => ({
  ...policy,
  clientId: client.id,
  clientEpoch: client.epoch,
  roleCeiling: client.role,
})
