// Insight's JSON names and units; the only file that knows them.
import type { Authorization, PersonalToken } from '@countersign/core'
import type { RecentFile } from '@countersign/resources'

const milliseconds = (seconds: number): number => seconds * 1000

export const createdToken = ({ token }: PersonalToken) => ({ token: token.reveal() })

export const loggedIn = ({ token, authorization }: PersonalToken) => ({
  token: token.reveal(),
  expiresOn: authorization.expiresAt === undefined ? null : milliseconds(authorization.expiresAt),
})

/** A token that was never used counts as used when it was made: the vendor's own samples say so. */
export const listedToken = (
  { mask, createdAt, lastUsedAt }: Pick<Authorization, 'mask' | 'createdAt' | 'lastUsedAt'>,
  username: string,
) => ({
  uid: username,
  apiToken: mask ?? '',
  created: milliseconds(createdAt),
  lastUsed: milliseconds(lastUsedAt ?? createdAt),
})

export const recentFile = ({ id, name, seenAtMilliseconds, revision, path }: RecentFile) => ({
  id,
  name,
  timeStamp: seenAtMilliseconds,
  revision,
  path,
})
