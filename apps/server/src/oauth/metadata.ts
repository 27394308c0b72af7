import { defaultScope, feedScope, type Policy } from '@countersign/core'

type Method = 'client_secret_basic' | 'client_secret_post' | 'none'

const withSecret: Method[] = ['client_secret_basic', 'client_secret_post']
/**
 * The public first-party client refreshes and revokes with its client_id only (RFC 6749 §2.1); it may not introspect.
 */
const orByName: Method[] = [...withSecret, 'none']

/** RFC 8693 §2.1. */
export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

const wellKnown = '/.well-known/oauth-authorization-server'

/**
 * The path of an issuer's metadata document: the well-known path comes before the issuer's own path (RFC 8414 §3.1).
 *
 * @returns A path.
 */
export const metadataPathOf = (issuer: string): string => wellKnown + pathOf(issuer)

/** The path of the issuer, or an empty string. */
export const pathOf = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, '')

/** The second path of the document if the issuer has a path of its own. */
export const metadataAliases = (issuer: string): ReadonlyMap<string, string> =>
  new Map(pathOf(issuer) === '' ? [] : [[metadataPathOf(issuer), wellKnown]])

/**
 * The metadata document (RFC 8414 §2). Every URL derives from the configured issuer, never from the request's Host
 * (N-180).
 */
export function metadata(issuer: string, policy: Policy) {
  const base = issuer.replace(/\/$/, '')
  return {
    issuer,
    token_endpoint: `${base}/oauth2/token`,
    jwks_uri: `${base}/oauth2/jwks`,
    introspection_endpoint: `${base}/oauth2/introspect`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    // Required, and never empty (§3.2). There is no authorization endpoint, hence `none`
    // (docs/adr/0023-response-types.md).
    response_types_supported: ['none'],
    grant_types_supported: ['client_credentials', 'refresh_token', tokenExchangeGrant],
    scopes_supported: [...defaultScope, feedScope],
    token_endpoint_auth_methods_supported: orByName,
    introspection_endpoint_auth_methods_supported: withSecret,
    revocation_endpoint_auth_methods_supported: orByName,
    service_documentation: `${base}/docs`,
    countersign_retry_window_seconds: policy.retryWindowSeconds,
  }
}
