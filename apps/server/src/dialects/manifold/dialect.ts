import type { ManifoldHandlers } from '../../generated/index.ts'
import type { Context } from '../../pipeline/context.ts'
import { accessToken, basic, bearer } from '../../pipeline/credentials.ts'
import type { Dialect } from '../kit/dialect.ts'
import { reuseGraceOption } from '../kit/options.ts'
import { manifoldErrors } from './errors.ts'
import { operations } from './operations.ts'
import type { ManifoldOptions } from './policy.ts'

/** SoftIron's Manifold API. */
export const manifold: Dialect<ManifoldHandlers<Context>, ManifoldOptions> = {
  name: 'manifold',
  paths: ['/manifold-api'],
  spelling: { anyCase: false, trailingSlash: true },
  options: {
    refreshTokens: {
      name: 'MANIFOLD_REFRESH_TOKENS',
      values: ['on', 'off'],
      default: 'on',
      reason:
        'Whether a login yields a refresh token. The vendor calls them a feature of development releases, and its clients work without them.',
    },
    reuseGraceSeconds: reuseGraceOption('MANIFOLD'),
  },
  schemes: {
    manifoldBearer: bearer(accessToken, { colonTolerated: true }),
    manifoldBasic: basic((username, password) => ({ kind: 'grant', grant: { kind: 'password', username, password } })),
    manifoldRefresh: bearer((token) => ({ kind: 'grant', grant: { kind: 'refresh', token } }), {
      colonTolerated: true,
    }),
  },
  errors: manifoldErrors,
  operations,
}
