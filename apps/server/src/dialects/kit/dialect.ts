// A dialect is one vendor's wire for the same domain. Its folder owns the translation and the terms of its sessions
// (`policy.ts`). The domain applies the terms, and the pipeline does the security steps that all dialects share.
import type { Domain, Term, UseCases } from '@countersign/core'
import type { DropletDriver, RecentFiles } from '@countersign/resources'
import type { ErrorRenderer } from '../../errors/error-renderer.ts'
import type { PathSpelling } from '../../http/contract/route.ts'
import type { CredentialParser } from '../../pipeline/credentials.ts'
import type { ForwardedPermission } from '../../pipeline/forwarded.ts'
import type { DialectOptions } from './options.ts'

/**
 * A dialect, as its folder declares it.
 *
 * @typeParam Operations Handlers of its operations.
 * @typeParam Options Values of its settings, under the names that its code uses.
 */
export interface Dialect<Operations = object, Options = object> {
  /** Its name in `COUNTERSIGN_DIALECTS`, its tag in the contract, and the `dialect` of its Authorizations. */
  readonly name: string
  /** The path prefixes that it owns. They match whole segments: `/v1/auth` does not own `/v1/authorizations`. */
  readonly paths: readonly string[]
  /** How the vendor's server matches paths. Default: exactly. */
  readonly spelling?: PathSpelling
  readonly options: DialectOptions<Options>
  /**
   * A parser for each security scheme of its part of the contract. If the dialect is disabled, no operation accepts
   * them.
   */
  readonly schemes: Readonly<Record<string, CredentialParser>>
  /** Built-in clients whose sessions are held by clients on behalf of users, see `isDelegated`. Default: none. */
  readonly delegateClientIds?: readonly string[]
  /**
   * The maximum age, in seconds, of a login by session cookie where the contract requires a recent login. Default: 300.
   */
  cookieLoginMaxAge?(options: Options): number
  readonly errors: ErrorRenderer
  operations(services: DialectServices, options: Options): Operations
}

/** What a dialect may use. */
export interface DialectServices {
  readonly useCases: UseCases
  readonly domain: Domain
  readonly droplets: DropletDriver
  readonly recentFiles: RecentFiles
  /** Whether a token permits the request that a gateway forwards. */
  readonly permits: ForwardedPermission
  /** Validity of the current TLS certificate of this server; `undefined` without TLS. */
  readonly certificate: () => Term | undefined
}

/** Whether a path is below a prefix. @param anyCase Whether letter case is ignored. */
export const owns = (prefix: string, path: string, anyCase = false): boolean => {
  const begin = path.slice(0, prefix.length)
  const rest = path.slice(prefix.length)
  return (anyCase ? begin.toLowerCase() : begin) === prefix && (rest === '' || rest.startsWith('/'))
}
