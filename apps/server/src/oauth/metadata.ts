import type { Policy } from '@countersign/core'

const clientAuthentication: ('client_secret_basic' | 'client_secret_post')[] = ['client_secret_basic', 'client_secret_post']

/** The metadata document (RFC 8414 §2). Every URL comes from the configured issuer, never from a request's Host (N-180). */
export function metadata(issuer: string, policy: Policy) {
  const base = issuer.replace(/\/$/, '')
  return {
    issuer,
    token_endpoint: `${base}/oauth2/token`,
    jwks_uri: `${base}/oauth2/jwks`,
    introspection_endpoint: `${base}/oauth2/introspect`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    response_types_supported: [],
    grant_types_supported: ['client_credentials', 'refresh_token'],
    token_endpoint_auth_methods_supported: clientAuthentication,
    introspection_endpoint_auth_methods_supported: clientAuthentication,
    revocation_endpoint_auth_methods_supported: clientAuthentication,
    service_documentation: `${base}/docs`,
    countersign_retry_window_seconds: policy.retryWindowSeconds,
  }
}
