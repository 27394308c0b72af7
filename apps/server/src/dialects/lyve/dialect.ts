import type { LyveHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { Dialect } from '../kit/dialect.ts'
import { operations } from './operations.ts'
import { lyveAudience } from './problem.ts'

/** Seagate's Lyve Cloud Account API v2. */
export const lyve: Dialect<LyveHandlers<Context>> = {
  name: 'lyve',
  paths: ['/v2'],
  spelling: { anyCase: false, trailingSlash: true },
  options: [
    {
      name: 'LYVE_LIFETIME_SECONDS',
      seconds: { least: 1, most: 31_536_000 },
      default: 86_400,
      reason: 'How long a Lyve token lives. The vendor says 24 hours; the sample on its page has 864000 seconds.',
    },
    {
      name: 'LYVE_EXPIRATION_SEC_AS',
      values: ['number', 'string'],
      default: 'number',
      reason: 'The JSON type of `expirationSec`. The vendor documents a number; some of its clients demand a string.',
    },
  ],
  audience: lyveAudience,
  operations,
}
