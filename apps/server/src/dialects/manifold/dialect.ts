import type { SessionPolicy } from '@countersign/core'
import type { ManifoldHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { Dialect } from '../kit/dialect.ts'
import { reuseGraceOption } from '../kit/reuse-grace.ts'
import { operations } from './operations.ts'
import { manifoldAudience } from './problem.ts'

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

/** SoftIron's Manifold API. */
export const manifold: Dialect<ManifoldHandlers<Context>> = {
  name: 'manifold',
  paths: ['/manifold-api'],
  spelling: { anyCase: false, trailingSlash: true },
  options: [
    {
      name: 'MANIFOLD_REFRESH_TOKENS',
      values: ['on', 'off'],
      default: 'on',
      reason: 'The vendor calls refresh tokens a feature of development releases; its clients work without.',
    },
    reuseGraceOption('MANIFOLD'),
  ],
  audience: manifoldAudience,
  operations,
}
