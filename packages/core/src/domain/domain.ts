/*
 * What all use cases share: their dependencies, the condition of a write, prepared passwords, counted uses.
 * This folder must not know any use case.
 */
import type { KeyRetention, KeyRing } from '../keys/key-ring.ts'
import type { MasterKey } from '../keys/sealing.ts'
import type { Policy } from '../model/policy.ts'
import type { Store } from '../ports/store/store.ts'
import type { Clock } from '../ports/system/clock.ts'
import type { Random } from '../ports/system/random.ts'
import type { Passwords } from './passwords.ts'
import type { UsageMeter } from './usage-meter.ts'

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
  readonly retention: KeyRetention
  readonly policy: Policy
  /** Seals what must be kept readable: TOTP secrets. Kept outside the database. */
  readonly masterKey: MasterKey
  /** Whether a whole password is among the well-known ones (lower case). */
  readonly isCommonPassword: (lowerCase: string) => boolean
}
