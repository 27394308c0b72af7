import type { SessionPolicy } from '@countersign/core'

/** 10 minutes of access, and a refresh token for a year (README, Q2, Q4). */
export const manifoldSessionPolicy: SessionPolicy = {
  dialect: 'manifold',
  clientId: 'manifold',
  accessForm: 'jwt',
  accessLifetimeSeconds: 600,
  lifetimeSeconds: 365 * 86_400,
  refreshable: true,
  replacing: false,
}

/** The settings of this dialect, read once. */
export interface ManifoldOptions {
  readonly refreshTokens: 'on' | 'off'
  readonly reuseGraceSeconds: number
}
