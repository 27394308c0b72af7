// Insight's JSON names and units. The only file that knows them.
import type { Authorization, PersonalToken } from '@countersign/core'
import type { RecentFile } from '@countersign/resources'

/** The expiry of a token that never expires: typed clients cannot read `null`. */
const noExpiry = '9999-12-31T23:59:59.999Z'
const date = (seconds: number): string => new Date(seconds * 1000).toISOString()
const milliseconds = (seconds: number): number => seconds * 1000

export const createdToken = ({ token }: PersonalToken) => ({ token: token.reveal() })

export const loggedIn = ({ token, authorization }: PersonalToken) => ({
  token: token.reveal(),
  expiresOn: authorization.expiresAt === undefined ? noExpiry : date(authorization.expiresAt),
})

/** A token that was never used counts as used when it was created, as in the vendor's samples. */
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
