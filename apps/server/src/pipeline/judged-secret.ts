import type { Route } from '../generated/index.ts'

/**
 * Whether an operation verifies a secret or a grant: a client secret, a token in the body, a grant as the credential,
 * or anything that can be guessed, which the contract shows by a 429 response. The contract's lint requires a 403
 * response there.
 */
export const judgesSecret = ({ access, statuses }: Pick<Route, 'access' | 'statuses'>): boolean =>
  access.presented !== 'none' || (statuses as readonly number[]).includes(429)
