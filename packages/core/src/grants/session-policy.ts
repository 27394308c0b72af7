import type { AccessForm } from '../authorization/authorization.ts'

/** What a way of logging in gives: said by the dialect, never by the request. Times in seconds. */
export interface SessionPolicy {
  readonly dialect: string
  /** The built-in client that the session is given through. */
  readonly clientId: string
  readonly accessForm: AccessForm
  readonly accessLifetimeSeconds: number
  /** Absolute life of the Authorization; rotation gains none. */
  readonly lifetimeSeconds: number
  /** Whether refresh tokens are given. */
  readonly refreshable: boolean
  /** Whether a new login ends the person's earlier sessions of this dialect. */
  readonly replacing: boolean
}

/** The public client that people's native sessions are given through. */
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
