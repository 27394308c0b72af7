import type { SessionPolicy } from '@countersign/core'
import type { CikitHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { Dialect } from '../kit/dialect.ts'
import { reuseGraceOption } from '../kit/reuse-grace.ts'
import { operations } from './operations.ts'
import { cikitAudience } from './problem.ts'

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

/** CIKit's REST API. */
export const cikit: Dialect<CikitHandlers<Context>> = {
  name: 'cikit',
  paths: ['/api/v1'],
  spelling: { anyCase: true, trailingSlash: true },
  options: [
    {
      name: 'CIKIT_UNKNOWN_USER',
      values: ['902', '903'],
      default: '902',
      reason:
        'What a login with an unknown username is answered. `903` is the vendor’s own answer, and tells who exists.',
    },
    reuseGraceOption('CIKIT'),
  ],
  audience: cikitAudience,
  operations,
}
