import type { CikitHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import type { Dialect } from '../kit/dialect.ts'
import { reuseGraceOption } from '../kit/options.ts'
import { schemes } from './credentials.ts'
import { cikitErrors } from './errors.ts'
import { operations } from './operations.ts'
import type { CikitOptions } from './policy.ts'

/** CIKit's REST API. */
export const cikit: Dialect<CikitHandlers<Context>, CikitOptions> = {
  name: 'cikit',
  paths: ['/api/v1'],
  spelling: { anyCase: true, trailingSlash: true },
  options: {
    unknownUser: {
      name: 'CIKIT_UNKNOWN_USER',
      values: ['902', '903'],
      default: '902',
      reason:
        'The error number for a login with an unknown username. `903` is the vendor’s own, and reveals which users exist.',
    },
    reuseGraceSeconds: reuseGraceOption('CIKIT'),
  },
  schemes,
  errors: cikitErrors,
  operations,
}
