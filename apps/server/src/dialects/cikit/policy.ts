import type { SessionPolicy } from '@countersign/core'

/** Access tokens live two hours, sessions thirty days. Each login replaces the previous one (cikit-Q3, cikit-Q4). */
export const cikitSessionPolicy: SessionPolicy = {
  dialect: 'cikit',
  clientId: 'cikit',
  accessForm: 'hex',
  accessLifetimeSeconds: 7200,
  lifetimeSeconds: 30 * 86_400,
  refreshable: true,
  replacing: true,
}

/** Settings of this dialect, parsed once. */
export interface CikitOptions {
  readonly unknownUser: '902' | '903'
  readonly reuseGraceSeconds: number
}
