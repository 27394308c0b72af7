// Lyve's JSON names and units; the only file that knows them.
import type { Access, TokenSet } from '@countersign/core'

/** Whether `expirationSec` is a number (the vendor's page) or a text (what some of its clients demand). */
export type SecondsForm = 'number' | 'string'

const seconds = (whole: number, form: SecondsForm): number | string => (form === 'string' ? `${whole}` : whole)

/** An access key as it is presented. */
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
 * The whole seconds that are left. The clock counts whole seconds too, so the one that has begun is not counted: the answer
 * is never more than what is left, and never negative.
 *
 * @param latest `Clock.latest()`, epoch seconds.
 */
export const tokenState = ({ expiresAt }: Pick<Access, 'expiresAt'>, latest: number, form: SecondsForm) => ({
  expirationSec: seconds(Math.max(0, (expiresAt ?? 0) - latest - 1), form),
})
