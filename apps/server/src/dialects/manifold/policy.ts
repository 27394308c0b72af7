import type { SessionPolicy } from '@countersign/core'

/** Access tokens live 10 minutes, refresh tokens a year (manifold-Q2, manifold-Q4). */
export const manifoldSessionPolicy: SessionPolicy = {
  dialect: 'manifold',
  clientId: 'manifold',
  accessForm: 'jwt',
  accessLifetimeSeconds: 600,
  lifetimeSeconds: 365 * 86_400,
  refreshable: true,
  replacing: false,
}

/** Settings of this dialect, parsed once. */
export interface ManifoldOptions {
  readonly refreshTokens: 'on' | 'off'
  readonly reuseGraceSeconds: number
}
