// Lyve's JSON names and units. The only file that knows them.
import type { Access, TokenSet } from '@countersign/core'

/** Whether `expirationSec` is a number (as documented by the vendor) or a string (as some of its clients require). */
export type SecondsForm = 'number' | 'string'

const seconds = (whole: number, form: SecondsForm): number | string => (form === 'string' ? `${whole}` : whole)

/** The presented access key. */
export const presentedKey = (body: {
  readonly accountId: string
  readonly accessKey: string
  readonly secret: string
}) => ({ account: body.accountId, keyId: body.accessKey, secret: body.secret })

export const issuedToken = (set: TokenSet, form: SecondsForm) => ({
  token: set.accessToken.reveal(),
  expirationSec: seconds(set.expiresInSeconds, form),
})

/**
 * The remaining whole seconds. The clock counts whole seconds, so the current second is not counted: the answer never
 * exceeds the remaining time and is never negative.
 *
 * @param latest `Clock.latest()`, epoch seconds.
 */
export const tokenState = ({ expiresAt }: Pick<Access, 'expiresAt'>, latest: number, form: SecondsForm) => ({
  expirationSec: seconds(Math.max(0, (expiresAt ?? 0) - latest - 1), form),
})
