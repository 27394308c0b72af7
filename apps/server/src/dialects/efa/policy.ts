import type { SessionPolicy } from '@countersign/core'

const hour = 3600
const day = 24 * hour
const year = 365 * day

/** Default lifetimes in seconds, until the owner changes them. The contract has their limits (efa-D6). */
export const expiries = {
  ACCESS: { fallback: hour },
  REFRESH: { fallback: 30 * day },
  CLIENT: { fallback: hour },
  SYSTEM: { fallback: day },
} as const
export type ExpiryType = keyof typeof expiries

/**
 * An API key lives as long as superseded signing keys are kept for verification, which is the longest possible lifetime
 * here (efa-D8).
 */
export const apiKeyLifetimeSeconds = year

/** A user's login. These are the default lifetimes; the owner can change them. */
export const efaSessionPolicy: SessionPolicy = {
  dialect: 'efa',
  clientId: 'efa',
  accessForm: 'jwt',
  accessLifetimeSeconds: expiries.ACCESS.fallback,
  lifetimeSeconds: expiries.REFRESH.fallback,
  refreshable: true,
  replacing: false,
}

/** A token that acts for the owner and is held by a client. Its role is manager at most (efa-D4). */
export const efaSystemPolicy: SessionPolicy = {
  ...efaSessionPolicy,
  clientId: 'efa-system',
  accessLifetimeSeconds: expiries.SYSTEM.fallback,
  roleCeiling: 'manager',
}

/** Settings of this dialect, parsed once. */
export interface EfaOptions {
  readonly reuseGraceSeconds: number
}
