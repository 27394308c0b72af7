/*
 * The ports: what the domain needs of a store, of time, of randomness and of a password hasher.
 * They name transitions and outcomes. They must not know SQL, a driver, or which use case calls.
 */
import type { Apis } from './apis.ts'
import type { AuditTrail } from './audit.ts'
import type { Authorizations } from './authorizations.ts'
import type { Clients } from './clients.ts'
import type { Counters } from './counters.ts'
import type { Enrolments, RecoveryCodes } from './factors.ts'
import type { Keys } from './keys.ts'
import type { Marks } from './marks.ts'
import type { Revocations } from './revocations.ts'
import type { Settings } from './settings.ts'
import type { Usage } from './usage.ts'
import type { Users } from './users.ts'

/**
 * Everything that the domain stores. Every method rejects only with `StoreError`.
 *
 * A method that writes is one unit, in one transaction. A store may run a unit again, and at the same time as others. Therefore a
 * unit decides by a conditional write, or it is alone on a key: of two units with the same key, one begins when the other has
 * committed. Either way, calls made at the same time have the outcomes that they would have one after another. Each method
 * below names its key; one that names none decides by a conditional write, or
 * decides nothing.
 */
export interface Store {
  readonly authorizations: Authorizations
  readonly users: Users
  readonly clients: Clients
  readonly apis: Apis
  readonly keys: Keys
  readonly counters: Counters
  readonly usage: Usage
  readonly marks: Marks
  readonly audit: AuditTrail
  readonly enrolments: Enrolments
  readonly recoveryCodes: RecoveryCodes
  readonly settings: Settings
  readonly revocations: Revocations
}

/**
 * The only error a store rejects with.
 *
 * `unavailable`: it could not be done now (locked, full, unreadable): nothing was changed, a later try may succeed.
 * `conflict`: the data refused it (a constraint that no outcome of the port names). `cause` is private.
 */
export class StoreError extends Error {
  readonly kind: 'unavailable' | 'conflict'

  constructor(kind: 'unavailable' | 'conflict', cause: unknown) {
    super(`store ${kind}`, { cause })
    this.name = 'StoreError'
    this.kind = kind
  }
}
