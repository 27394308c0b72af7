// What a dialect is: one vendor's wire in front of the same domain. Its folder holds the translation and the terms of its
// sessions (`policy.ts`); the domain applies the terms, and the pipeline does the security steps that all dialects share.
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
  /** The paths that it owns: whole segments, so that `/v1/auth` does not own `/v1/authorizations`. */
  readonly paths: readonly string[]
  /** How the vendor's server matches paths, where it is not exact (D11). Default is exact. */
  readonly spelling?: PathSpelling
  readonly options: DialectOptions<Options>
  /** A parser for each security scheme of its part of the contract. Where the dialect is off, no operation takes them. */
  readonly schemes: Readonly<Record<string, CredentialParser>>
  /** Built-in clients whose sessions machines keep for users: see `isDelegated`. Default is none. */
  readonly delegateClientIds?: readonly string[]
  /** The greatest age, in seconds, of a login by session cookie where the contract asks for a recent one. Default is 300. */
  cookieLoginMaxAge?(options: Options): number
  readonly errors: ErrorRenderer
  operations(services: DialectServices, options: Options): Operations
}

/** What a dialect works with. */
export interface DialectServices {
  readonly useCases: UseCases
  readonly domain: Domain
  readonly droplets: DropletDriver
  readonly recentFiles: RecentFiles
  /** Whether a token may do what a gateway says that it is asked for. */
  readonly permits: ForwardedPermission
  /** The term of the certificate that this server serves TLS with now. `undefined`: it serves none. */
  readonly certificate: () => Term | undefined
}

/** Whether a path lies below one of a dialect's prefixes. @param anyCase As the dialect's spelling has it. */
export const owns = (prefix: string, path: string, anyCase = false): boolean => {
  const begin = path.slice(0, prefix.length)
  const rest = path.slice(prefix.length)
  return (anyCase ? begin.toLowerCase() : begin) === prefix && (rest === '' || rest.startsWith('/'))
}
