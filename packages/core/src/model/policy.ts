import type { Role } from './principals/role.ts'
import type { Factor } from './principals/user.ts'

/** Windows, lifetimes and limits that are policy; times in seconds. */
export interface Policy {
  /** How long a refresh is answered again to the same retry key. Default is 60. */
  readonly retryWindowSeconds: number
  /** Lifetime of a client's access token, at most 3600: longer-lived ones have an Authorization of their own. */
  readonly machineAccessSeconds: number
  /** The longest life of a personal token whose maker chooses one. Default is 366 days. */
  readonly personalTokenMaxSeconds: number
  /** Built-in clients whose sessions are kept by clients: see `isDelegated`. Default is none. */
  readonly delegateClientIds: ReadonlySet<string>
  /** What users of each role show at login, whatever they chose themselves. Default is nothing. */
  readonly requiredFactors: Readonly<Record<Role, readonly Factor[]>>
  /** Native sessions end after so long without use, in seconds; 0: never. Default is 14 days. */
  readonly sessionIdleSeconds: number
  /** The same for those that a browser keeps in a cookie. Default is 12 hours. */
  readonly cookieIdleSeconds: number
  /** How many native sessions a user has at most. Default is 50. */
  readonly maxSessions: number
  /** The same for the sessions of all other dialects together. Default is 1,000. */
  readonly maxVendorSessions: number
  /** How many native personal tokens a user has at most. Default is 100. */
  readonly maxPersonalTokens: number
}

/** What holds where nothing else is configured. */
export const defaultPolicy: Policy = {
  retryWindowSeconds: 60,
  machineAccessSeconds: 3600,
  personalTokenMaxSeconds: 366 * 86_400,
  delegateClientIds: new Set(),
  requiredFactors: { viewer: [], manager: [], owner: [] },
  sessionIdleSeconds: 14 * 86_400,
  cookieIdleSeconds: 12 * 3600,
  maxSessions: 50,
  maxVendorSessions: 1000,
  maxPersonalTokens: 100,
}
