import type { Term } from '@countersign/core'
import type { RecentFiles } from '@countersign/resources'
import type { Authority } from '../../compose/authority.ts'
import type { Config } from '../../config/config.ts'
import type { PathSpelling } from '../../http/contract/route.ts'
import type { Audience } from '../../pipeline/audience.ts'
import type { ForwardedPermission } from '../../pipeline/forwarded.ts'

/** A vendor's option of its own, e.g. `COUNTERSIGN_MANIFOLD_REFRESH_TOKENS`: one of some words, or a number of seconds. */
export type DialectOption = {
  /** In the environment, without `COUNTERSIGN_`, e.g. `MANIFOLD_REFRESH_TOKENS`. */
  readonly name: string
  readonly reason: string
} & (
  | { readonly values: readonly string[]; readonly default: string }
  | { readonly seconds: { readonly least: number; readonly most: number }; readonly default: number }
)

/**
 * A dialect: a vendor's wire in front of the same domain. Its folder holds only the translation; policy is said here and
 * carried out by the domain, shared security steps live in the pipeline.
 */
export interface Dialect<Operations> {
  /** Its name in `COUNTERSIGN_DIALECTS`, its tag in the contract, and the `dialect` of its Authorizations. */
  readonly name: string
  /** The paths that it owns: whole segments, so that `/v1/auth` does not own `/v1/authorizations`. */
  readonly paths: readonly string[]
  /** How the vendor's server matches paths, where it is not exact (D11). Default is exact. */
  readonly spelling?: PathSpelling
  readonly options: readonly DialectOption[]
  /** Security schemes of its own that operations of others take too. They go with it. Default is none. */
  readonly schemesElsewhere?: readonly string[]
  /** Built-in clients whose sessions machines keep for people: see `isDelegated`. Default is none. */
  readonly delegateClientIds?: readonly string[]
  /**
   * Where the contract asks for a recent login: how old one with a session cookie may be, in seconds. Default is as old as
   * any.
   */
  readonly cookieLoginMaxAge?: (options: Config['dialectOptions']) => number
  readonly audience: Audience
  operations(authority: DialectAuthority): Operations
}

/** What a dialect works with. */
export type DialectAuthority = Pick<Authority, 'useCases' | 'domain' | 'droplets' | 'config'> & {
  readonly recentFiles: RecentFiles
  /** Whether a token may do what a gateway says it is asked for. */
  readonly permits: ForwardedPermission
  /** From when until when the certificate is valid that this server serves TLS with now, if it does. */
  readonly certificate: () => Term | undefined
}

/** Whether a path lies below one of a dialect's prefixes. @param anyCase As the dialect's spelling has it. */
export const owns = (prefix: string, path: string, anyCase = false): boolean => {
  const begin = path.slice(0, prefix.length)
  const rest = path.slice(prefix.length)
  return (anyCase ? begin.toLowerCase() : begin) === prefix && (rest === '' || rest.startsWith('/'))
}
