import { type Audience, faultHeaders, json } from '../errors/error-renderer.ts'
import type { ErrorCode, Fault } from '../errors/fault.ts'

type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'server_error'

const answer = <S extends number, E extends OAuthError>(status: S, error: E) => ({ status, error })

const invalidRequest = answer(400, 'invalid_request')
const unavailable = answer(503, 'temporarily_unavailable')

/** RFC 6749 §5.2, and `invalid_target` from RFC 8707 §2. */
const table = {
  credentials_invalid: answer(400, 'invalid_grant'),
  client_authentication_failed: answer(401, 'invalid_client'),
  token_invalid: answer(400, 'invalid_grant'),
  token_expired: answer(400, 'invalid_grant'),
  grant_invalid: answer(400, 'invalid_grant'),
  refresh_token_reused: answer(400, 'invalid_grant'),
  grant_type_unsupported: answer(400, 'unsupported_grant_type'),
  scope_invalid: answer(400, 'invalid_scope'),
  target_invalid: answer(400, 'invalid_target'),
  access_denied: answer(400, 'unauthorized_client'),
  not_found: answer(404, 'invalid_request'),
  password_unacceptable: invalidRequest,
  username_invalid: invalidRequest,
  username_taken: invalidRequest,
  owner_exists: invalidRequest,
  client_name_taken: invalidRequest,
  client_name_invalid: invalidRequest,
  client_unknown: invalidRequest,
  api_key_exists: invalidRequest,
  role_unknown: invalidRequest,
  owner_protected: invalidRequest,
  user_disabled: invalidRequest,
  factor_missing: invalidRequest,
  own_account: answer(400, 'unauthorized_client'),
  login_too_old: answer(400, 'unauthorized_client'),
  lifetime_too_long: invalidRequest,
  factors_insufficient: answer(400, 'unauthorized_client'),
  too_many_sessions: answer(429, 'temporarily_unavailable'),
  too_many_tokens: invalidRequest,
  throttled: answer(429, 'temporarily_unavailable'),
  overloaded: unavailable,
  unavailable,
  request_invalid: invalidRequest,
  credentials_missing: answer(401, 'invalid_client'),
  route_not_found: answer(404, 'invalid_request'),
  method_not_allowed: answer(405, 'invalid_request'),
  body_too_large: answer(413, 'invalid_request'),
  media_type_unsupported: answer(415, 'invalid_request'),
  origin_refused: answer(403, 'invalid_request'),
  host_unknown: answer(421, 'invalid_request'),
  droplet_unknown: answer(404, 'invalid_request'),
  droplet_name_taken: invalidRequest,
  droplet_name_invalid: invalidRequest,
  driver_failed: unavailable,
  driver_unavailable: unavailable,
  internal: answer(500, 'server_error'),
} as const satisfies Record<ErrorCode, { readonly status: number; readonly error: OAuthError }>

/** The one place that an OAuth error has for what is wrong, and where. All of it is ASCII, as it has to be. */
function describe({ detail, errors }: Fault): string {
  const places = errors.map(
    (error) => `${error.pointer.replace(/^\/\w+\//, '').replace(/^\//, 'the ')} ${error.detail}`,
  )
  return places.length === 0 ? detail : `${detail.replace(/\.$/, '')}: ${places.join('; ')}.`
}

/** OAuth clients: `error` and `error_description` (RFC 6749 §5.2). A refused client is told how to authenticate. */
export const oauthAudience: Audience = {
  render(fault: Fault) {
    const { status, error } = table[fault.code]
    const headers = {
      ...faultHeaders(fault),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="countersign", charset="UTF-8"' } : {}),
    }
    return json(status, { error, error_description: describe(fault) }, headers)
  },
}
