import { type Audience, faultHeaders, json, stepUp } from '../../errors/error-renderer.ts'
import type { ErrorCode } from '../../errors/fault.ts'

interface Answer {
  readonly status: number
  readonly error: string
}

const credentialsRequired: Answer = { status: 401, error: 'Credentials required' }
const badRequest: Answer = { status: 400, error: 'Bad request' }
const forbidden: Answer = { status: 403, error: 'Forbidden' }
const notFound: Answer = { status: 404, error: 'Not found' }
const conflict: Answer = { status: 409, error: 'Conflict' }
const unavailable: Answer = { status: 503, error: 'Service unavailable' }

const tooMany: Answer = { status: 429, error: 'Too many requests' }

const table = {
  credentials_invalid: credentialsRequired,
  client_authentication_failed: credentialsRequired,
  token_invalid: credentialsRequired,
  token_expired: credentialsRequired,
  grant_invalid: credentialsRequired,
  refresh_token_reused: credentialsRequired,
  credentials_missing: credentialsRequired,
  login_too_old: credentialsRequired,
  grant_type_unsupported: badRequest,
  scope_invalid: badRequest,
  target_invalid: badRequest,
  password_unacceptable: badRequest,
  username_invalid: badRequest,
  request_invalid: badRequest,
  droplet_name_invalid: badRequest,
  client_name_invalid: badRequest,
  role_unknown: badRequest,
  media_type_unsupported: { status: 415, error: 'Unsupported media type' },
  body_too_large: { status: 413, error: 'Request too large' },
  access_denied: forbidden,
  origin_refused: forbidden,
  host_unknown: { status: 421, error: 'Misdirected request' },
  not_found: notFound,
  route_not_found: notFound,
  droplet_unknown: notFound,
  client_unknown: notFound,
  method_not_allowed: { status: 405, error: 'Method not allowed' },
  username_taken: conflict,
  owner_exists: conflict,
  owner_protected: conflict,
  user_disabled: conflict,
  factor_missing: conflict,
  own_account: forbidden,
  lifetime_too_long: badRequest,
  factors_insufficient: forbidden,
  too_many_tokens: conflict,
  client_name_taken: conflict,
  api_key_exists: conflict,
  droplet_name_taken: conflict,
  throttled: tooMany,
  too_many_sessions: tooMany,
  overloaded: unavailable,
  unavailable,
  driver_failed: unavailable,
  driver_unavailable: unavailable,
  internal: { status: 500, error: 'Internal server error' },
} as const satisfies Record<ErrorCode, Answer>

/** Insight's error body: `{error}`. Whatever is wrong with a credential is one answer. */
export const insightAudience: Audience = {
  render(fault) {
    const { status, error }: Answer = table[fault.code]
    const challenge = status === 401 ? { 'www-authenticate': `Bearer realm="insight"${stepUp(fault)}` } : {}
    return json(status, { error }, { ...faultHeaders(fault), ...challenge })
  },
}
