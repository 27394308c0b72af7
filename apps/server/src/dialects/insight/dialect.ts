import type { InsightHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { Dialect } from '../dialect.ts'
import { operations } from './operations.ts'
import { insightAudience } from './problem.ts'

/** Insight.io's API access tokens. */
export const insight: Dialect<InsightHandlers<Context>> = {
  name: 'insight',
  paths: ['/api'],
  options: [],
  schemesElsewhere: ['authToken'],
  audience: insightAudience,
  operations,
}
