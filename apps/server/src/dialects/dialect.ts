import type { Authority } from '../authority.ts'
import type { Audience } from '../pipeline/audience.ts'

/** A vendor's option of its own, e.g. `COUNTERSIGN_MANIFOLD_REFRESH_TOKENS`. */
export interface DialectOption {
  /** In the environment, without `COUNTERSIGN_`, e.g. `MANIFOLD_REFRESH_TOKENS`. */
  readonly name: string
  readonly values: readonly string[]
  readonly default: string
  readonly reason: string
}

/**
 * A dialect: a vendor's wire in front of the same domain. Its folder holds only the translation; policy is said here and
 * carried out by the domain, shared security steps live in the pipeline.
 */
export interface Dialect<Operations> {
  /** Its name in `COUNTERSIGN_DIALECTS`, its tag in the contract, and the `dialect` of its Authorizations. */
  readonly name: string
  /** The paths that it owns: whole segments, so that `/v1/auth` does not own `/v1/authorizations`. */
  readonly paths: readonly string[]
  readonly options: readonly DialectOption[]
  readonly audience: Audience
  operations(authority: DialectAuthority): Operations
}

/** What a dialect works with. */
export type DialectAuthority = Pick<Authority, 'useCases' | 'domain' | 'droplets' | 'config'>

/** Whether a path lies below one of a dialect's prefixes. */
export const owns = (prefix: string, path: string): boolean => path === prefix || path.startsWith(`${prefix}/`)
