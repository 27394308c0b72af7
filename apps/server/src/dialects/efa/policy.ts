import type { SessionPolicy } from '@countersign/core'

const hour = 3600
const day = 24 * hour
const year = 365 * day

/** The lives that the owner can change, in seconds: what counts until then. The contract has their limits (README, D6). */
export const expiries = {
  ACCESS: { fallback: hour },
  REFRESH: { fallback: 30 * day },
  CLIENT: { fallback: hour },
  SYSTEM: { fallback: day },
} as const
export type ExpiryType = keyof typeof expiries

/** An API key is as long-lived as anything here can be: verifiers keep old signing keys for that long (README, D8). */
export const apiKeyLifetimeSeconds = year

/** A person's login. The lifetimes are what counts until the owner changes them. */
export const efaSessionPolicy: SessionPolicy = {
  dialect: 'efa',
  clientId: 'efa',
  accessForm: 'jwt',
  accessLifetimeSeconds: expiries.ACCESS.fallback,
  lifetimeSeconds: expiries.REFRESH.fallback,
  refreshable: true,
  replacing: false,
}

/** A token that acts for the owner and is kept by a machine: never more than a manager (README, D4). */
export const efaSystemPolicy: SessionPolicy = {
  ...efaSessionPolicy,
  clientId: 'efa-system',
  accessLifetimeSeconds: expiries.SYSTEM.fallback,
  roleCeiling: 'manager',
}

/** The settings of this dialect, read once. */
export interface EfaOptions {
  readonly reuseGraceSeconds: number
}
