import type { ClientIdentity } from '../issuer/client.ts'
import type { Clock } from '../model/clock.ts'
import type { Fetch } from '../transport/http.ts'

/**
 * What a verifier needs to know.
 *
 * @example
 * ```ts
 * import type { VerifierOptions } from '@countersign/verifier'
 *
 * const options: VerifierOptions = {
 *   issuer: 'https://auth.example',
 *   resource: 'https://orders.example',
 *   client: { id: '0068f2a1b30c9d4e7f8a1b', secret: 'cs_key_…' },
 * }
 * ```
 */
export interface VerifierOptions {
  /** The issuer's identifier (RFC 8414 §2): the URL of the server, exactly as its tokens have it in `iss`. */
  readonly issuer: string
  /** The API's identifier (RFC 8707 §2): what its tokens have in `aud`. */
  readonly resource: string
  /**
   * The API's own client at the issuer (`create-client --audience`). With it the verifier introspects tokens and reads
   * revocations. Without it `whenSilent` must be `open`, and opaque tokens are refused.
   */
  readonly client?: ClientIdentity
  /** How old, in seconds, the knowledge of revocations may be. Default: 5. */
  readonly maxStalenessSeconds?: number
  /**
   * What happens to a JWT when that knowledge is older. `introspect` (the default): the issuer is asked about it.
   * `closed`: it is refused with 503. `open`: it is accepted if its signature and its times are good.
   */
  readonly whenSilent?: 'introspect' | 'closed' | 'open'
  /**
   * How revocations are read. `stream` (the default): on one connection that stays open. `poll`: while tokens are
   * verified, for runtimes whose requests are the only time for input and output (Workers). `none`: not at all.
   */
  readonly feed?: 'stream' | 'poll' | 'none'
  /** The `typ` of its JWTs. Default: `at+jwt` (RFC 9068 §2.1). `JWT` for an API that is registered with `token_typ: jwt`. */
  readonly tokenTyp?: 'at+jwt' | 'JWT'
  /** By how many seconds the clocks of issuer and verifier may differ. Default: 0. At most 300. */
  readonly leewaySeconds?: number
  /** Permits plain `http:` to hosts other than loopback. Default: `false`. */
  readonly allowInsecureHttp?: boolean
  /** How many seconds a response of the issuer may take. Default: 5. */
  readonly timeoutSeconds?: number
  /** How many verified tokens are remembered. Default: 10,000. */
  readonly cacheSize?: number
  /** The scopes that the metadata of the API names (RFC 9728 §2). Default: none. */
  readonly scopesSupported?: readonly string[]
  /** The name of the API for users, in its metadata. Default: none. */
  readonly resourceName?: string
  /** Called with each fault of the feed. The reader goes on by itself. Default: it is told by `status()` alone. */
  readonly onFault?: (error: unknown) => void
  /** The function that sends requests. Default: the runtime's. */
  readonly fetch?: Fetch
  /** Default: the runtime's. */
  readonly clock?: Clock
}

export const longestJwt = 8192
export const longestOpaque = 2048

/** @throws TypeError if an option cannot be right. */
export function checkOptions(options: VerifierOptions): void {
  const { resource, client, whenSilent, maxStalenessSeconds = 5, leewaySeconds = 0, cacheSize = 10_000 } = options
  const refuseIf = (isWrong: boolean, why: string) => {
    if (isWrong) throw new TypeError(why)
  }
  refuseIf(!URL.canParse(resource) || resource.includes('#'), 'resource is not an absolute URI without a fragment')
  refuseIf(
    client !== undefined && !(client.id && client.secret && !client.id.includes(':')),
    'client needs an id and a secret',
  )
  refuseIf(
    client === undefined && whenSilent !== 'open',
    'without client the verifier learns of no revocations: give client, or whenSilent: open',
  )
  refuseIf(!(maxStalenessSeconds > 0 && maxStalenessSeconds <= 3600), 'maxStalenessSeconds must be above 0, up to 3600')
  refuseIf(!(leewaySeconds >= 0 && leewaySeconds <= 300), 'leewaySeconds must be 0 to 300')
  refuseIf(!(cacheSize >= 2 && cacheSize <= 1_000_000), 'cacheSize must be 2 to 1,000,000')
}
