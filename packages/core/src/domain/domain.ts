import type { KeyRing } from '../keys/key-ring.ts'
import type { MasterKey } from '../keys/sealing.ts'
import type { Role } from '../model/principals/role.ts'
import type { Factor } from '../model/principals/user.ts'
import type { Store } from '../ports/store/store.ts'
import type { Clock } from '../ports/system/clock.ts'
import type { Random } from '../ports/system/random.ts'
import type { Passwords } from './passwords.ts'
import type { UsageMeter } from './usage-meter.ts'

/** Windows, lifetimes and limits that are policy; times in seconds. */
export interface Policy {
  /** How long a refresh is answered again to the same retry key. Default is 60. */
  readonly retryWindowSeconds: number
  /** Life of a machine's access token, at most 3600: longer-lived ones have an Authorization of their own. */
  readonly machineAccessSeconds: number
  /** The longest life of a personal token whose maker chooses one. Default is 366 days. */
  readonly personalTokenMaxSeconds: number
  /** Built-in clients whose sessions are kept by machines: see `isDelegated`. Default is none. */
  readonly delegateClientIds: ReadonlySet<string>
  /** What people of each role show at login, whatever they chose themselves. Default is nothing. */
  readonly requiredFactors: Readonly<Record<Role, readonly Factor[]>>
  /** Native sessions end after so long without use, in seconds; 0: never. Default is 14 days. */
  readonly sessionIdleSeconds: number
  /** The same for those that a browser keeps in a cookie. Default is 12 hours. */
  readonly cookieIdleSeconds: number
  /** How many native sessions a person has at most. Default is 50. */
  readonly maxSessions: number
  /** The same for the sessions of all other dialects together. Default is 1,000. */
  readonly maxVendorSessions: number
  /** How many native personal tokens a person has at most. Default is 100. */
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

/** What the use cases work with. Made once, at start, by the composition root. */
export interface Domain {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** A class, so that no other hasher can stand here: every password is prepared. */
  readonly hasher: Passwords
  readonly usage: UsageMeter
  /** The `iss` of every token: an absolute URL without a query, compared as a string (RFC 8414 §2). */
  readonly issuer: string
  /** The key sets as they are now; replaced when they rotate. */
  readonly keys: () => KeyRing
  readonly policy: Policy
  /** Seals what must be kept readable: TOTP secrets. Kept outside the database. */
  readonly masterKey: MasterKey
  /** Whether a whole password is among the well-known ones (lower case). */
  readonly isCommonPassword: (lowerCase: string) => boolean
}

/** Where a request came from: goes into the audit trail and chooses the throttle's address counter. */
export interface Circumstances {
  /** The peer's address as the binding saw it; nothing for the command line. */
  readonly address: string | undefined
  readonly requestId: string | undefined
  /** Aborts when the caller went away. */
  readonly signal?: AbortSignal | undefined
  /**
   * Set by the throttle while it runs a guess: a digest of the account and the address prefix, where the account was logged
   * into from that prefix before. Work for such a caller has room of its own.
   */
  readonly known?: string | undefined
}
