import type { SessionPolicy } from '@countersign/core'

/** Two hours of access, thirty days in all; each login replaces the one before (README, Q3, Q4). */
export const cikitSessionPolicy: SessionPolicy = {
  dialect: 'cikit',
  clientId: 'cikit',
  accessForm: 'hex',
  accessLifetimeSeconds: 7200,
  lifetimeSeconds: 30 * 86_400,
  refreshable: true,
  replacing: true,
}

/** The settings of this dialect, read once. */
export interface CikitOptions {
  readonly unknownUser: '902' | '903'
  readonly reuseGraceSeconds: number
}
