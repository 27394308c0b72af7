import type { Route } from '../generated/index.ts'

/**
 * Whether an operation judges a secret or a grant: a client's secret, a token in the body, a grant in the credential's place,
 * or whatever can be guessed, which the contract tells by its answer 429. The lint holds the contract to answering 403 there.
 */
export const judgesSecret = ({ access, statuses }: Pick<Route, 'access' | 'statuses'>): boolean =>
  access.presented !== 'none' || (statuses as readonly number[]).includes(429)
