import type { LyveHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import { accessToken, bearer } from '../../pipeline/credentials.ts'
import type { Dialect } from '../kit/dialect.ts'
import { lyveErrors } from './errors.ts'
import { operations } from './operations.ts'
import type { LyveOptions } from './policy.ts'

/** Seagate's Lyve Cloud Account API v2. */
export const lyve: Dialect<LyveHandlers<Context>, LyveOptions> = {
  name: 'lyve',
  paths: ['/v2'],
  spelling: { anyCase: false, trailingSlash: true },
  options: {
    lifetimeSeconds: {
      name: 'LYVE_LIFETIME_SECONDS',
      seconds: { least: 1, most: 31_536_000 },
      default: 86_400,
      reason: 'The lifetime of a Lyve token. The vendor’s documentation says 24 hours, and its sample 864000 seconds.',
    },
    expirationSecAs: {
      name: 'LYVE_EXPIRATION_SEC_AS',
      values: ['number', 'string'],
      default: 'number',
      reason:
        'The JSON type of `expirationSec`. The vendor documents a number, and some of its clients require a string.',
    },
  },
  schemes: { lyveBearer: bearer(accessToken, { colonTolerated: true }) },
  errors: lyveErrors,
  operations,
}
