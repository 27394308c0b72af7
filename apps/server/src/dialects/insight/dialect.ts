import type { InsightHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { Dialect } from '../kit/dialect.ts'
import { schemes } from './credentials.ts'
import { insightErrors } from './errors.ts'
import { operations } from './operations.ts'
import type { InsightOptions } from './policy.ts'

/** Insight.io's API access tokens. */
export const insight: Dialect<InsightHandlers<Context>, InsightOptions> = {
  name: 'insight',
  paths: ['/api'],
  options: {
    loginMaxAgeSeconds: {
      name: 'INSIGHT_LOGIN_MAX_AGE_SECONDS',
      seconds: { least: 60, most: 31_536_000 },
      default: 43_200,
      reason:
        'The maximum age of the login for creating a personal token with a session cookie. With a bearer token it is 300 seconds.',
    },
  },
  schemes,
  cookieLoginMaxAge: ({ loginMaxAgeSeconds }) => loginMaxAgeSeconds,
  errors: insightErrors,
  operations,
}
