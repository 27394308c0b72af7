import type { EfaHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import { accessToken, bearer } from '../../pipeline/credentials.ts'
import type { Dialect } from '../kit/dialect.ts'
import { reuseGraceOption } from '../kit/options.ts'
import { efaErrors } from './errors.ts'
import { operations } from './operations.ts'
import { type EfaOptions, efaSystemPolicy } from './policy.ts'

const bearerToken = bearer(accessToken, { colonTolerated: true })

/** The auth service of Extreme's EFA (XCO). */
export const efa: Dialect<EfaHandlers<Context>, EfaOptions> = {
  name: 'efa',
  paths: ['/v1/auth'],
  spelling: { anyCase: false, trailingSlash: true },
  options: { reuseGraceSeconds: reuseGraceOption('EFA') },
  schemes: { efaBearer: bearerToken, efaOrNative: bearerToken },
  delegateClientIds: [efaSystemPolicy.clientId],
  errors: efaErrors,
  operations,
}
