import type { Authorization } from '@countersign/core'

/*
 * The keys of rows by which remembered answers are forgotten (see `Statement.rowsRead`): the id of an Authorization, and what another
 * answer found nothing by.
 */

export const rowOfSecret = (secretDigest: Uint8Array): string => `secret ${Buffer.from(secretDigest).toString('hex')}`

export const rowOfStanding = (clientId: string | undefined): string => `standing ${clientId}`

/** What a new row may change: the answers that did not find it. */
export const rowsOfNew = ({ id, kind, clientId, secretDigest }: Authorization): readonly string[] => [
  id,
  ...(kind === 'standing' ? [rowOfStanding(clientId)] : []),
  ...(secretDigest ? [rowOfSecret(secretDigest)] : []),
]
