/*
 * The ports: what the domain needs of a store, of time, of randomness and of a password hasher.
 * They name transitions and outcomes. They must not know SQL, a driver, or which use case calls.
 */
import type { AuditTrail } from './audit.ts'
import type { Authorizations } from './authorizations.ts'
import type { Clients } from './clients.ts'
import type { Counters } from './counters.ts'
import type { Enrolments } from './enrolments.ts'
import type { Keys } from './keys.ts'
import type { Marks } from './marks.ts'
import type { RecoveryCodes } from './recovery-codes.ts'
import type { Settings } from './settings.ts'
import type { Usage } from './usage.ts'
import type { Users } from './users.ts'

/** Everything the domain needs kept. Every method rejects only with `StoreError`. */
export interface Store {
  readonly authorizations: Authorizations
  readonly users: Users
  readonly clients: Clients
  readonly keys: Keys
  readonly counters: Counters
  readonly usage: Usage
  readonly marks: Marks
  readonly audit: AuditTrail
  readonly enrolments: Enrolments
  readonly recoveryCodes: RecoveryCodes
  readonly settings: Settings
}
