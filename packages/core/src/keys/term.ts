/** From when until when something can be used, epoch seconds. */
export interface Term {
  readonly from: number
  readonly until: number
}

const day = 86_400
const longestNotice = 30 * day
const shareOfTerm = 0.2

/**
 * Whether something is near its end: less than a fifth of its term is left, and less than 30 days. A certificate of a
 * year is announced 30 days before it expires, a session of an hour twelve minutes before.
 *
 * @param now Epoch seconds.
 */
export const endsSoon = ({ from, until }: Term, now: number): boolean =>
  until - now < Math.min(longestNotice, (until - from) * shareOfTerm)

/** How long a signing key should be used (NIST SP 800-57 part 1 §5.3.6 says one to three years). It does not end by itself. */
export const signingKeyTermSeconds = 365 * day
