import type { Access, Caller, PlainToken } from '@countersign/core'
import type { FixedClock } from '@countersign/core/testing'
import { here, reveal, type TestIssuer } from '../test-issuer.ts'

/** What a test of survival uses of an issuer, without HTTP or behind it. */
export type Issuer = Pick<
  TestIssuer,
  'store' | 'domain' | 'useCases' | 'addUser' | 'addClient' | 'refresh' | 'accepts' | 'revokeKeys'
> & { readonly clock: Pick<FixedClock, 'now' | 'latest' | 'advance'> }

/** The entries of the revocation feed, each as its kind and what it names. */
export type Told = readonly string[]

/** Another user, who administers. */
export const owner: Caller = { ...here, subject: { kind: 'user', id: 'f'.repeat(22) } }

export async function accessOf(issuer: Issuer, token: PlainToken): Promise<Access> {
  const check = await issuer.useCases.accessTokens.check(reveal(token))
  if (check.outcome !== 'active') throw new Error(check.outcome)
  return check.access
}

export const revokeAllKeys = async (issuer: Issuer) => {
  for (const { kid } of await issuer.store.keys.list()) await issuer.revokeKeys(kid)
}
