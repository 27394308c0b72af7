import { type Audience, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { ErrorCode, Fault } from '../../errors/fault.ts'

interface Answer {
  readonly status: number
  readonly error: string
}

const unauthorized: Answer = { status: 401, error: 'Unauthorized' }
const badRequest: Answer = { status: 400, error: 'Bad request' }
const notFound: Answer = { status: 404, error: 'Not found' }
const conflict: Answer = { status: 409, error: 'Conflict' }
const forbidden: Answer = { status: 403, error: 'Forbidden' }
const unavailable: Answer = { status: 503, error: 'Service unavailable' }

const tooMany: Answer = { status: 429, error: 'Too many requests' }

const table = {
  credentials_invalid: unauthorized,
  client_authentication_failed: unauthorized,
  token_invalid: unauthorized,
  token_expired: unauthorized,
  grant_invalid: unauthorized,
  refresh_token_reused: unauthorized,
  credentials_missing: unauthorized,
  grant_type_unsupported: badRequest,
  scope_invalid: badRequest,
  target_invalid: badRequest,
  password_unacceptable: badRequest,
  username_invalid: badRequest,
  request_invalid: badRequest,
  media_type_unsupported: badRequest,
  droplet_name_invalid: badRequest,
  body_too_large: { status: 413, error: 'Request too large' },
  access_denied: forbidden,
  origin_refused: forbidden,
  host_unknown: { status: 421, error: 'Misdirected request' },
  not_found: notFound,
  route_not_found: notFound,
  droplet_unknown: notFound,
  method_not_allowed: { status: 405, error: 'Method not allowed' },
  username_taken: conflict,
  owner_exists: conflict,
  client_name_taken: conflict,
  droplet_name_taken: conflict,
  client_name_invalid: badRequest,
  client_unknown: notFound,
  api_key_exists: conflict,
  role_unknown: badRequest,
  owner_protected: conflict,
  user_disabled: conflict,
  factor_missing: conflict,
  own_account: forbidden,
  login_too_old: forbidden,
  lifetime_too_long: badRequest,
  factors_insufficient: forbidden,
  too_many_tokens: conflict,
  throttled: tooMany,
  too_many_sessions: tooMany,
  overloaded: unavailable,
  unavailable,
  driver_failed: unavailable,
  driver_unavailable: unavailable,
  internal: { status: 500, error: 'Internal server error' },
} as const satisfies Record<ErrorCode, Answer>

const logins: ReadonlySet<string | undefined> = new Set(['manifoldLogin', 'manifoldLoginByPost'])

/** Codes whose sentence helps: what the driver of the droplets says is one of them. */
const tellsMore: ReadonlySet<ErrorCode> = new Set([
  'request_invalid',
  'droplet_unknown',
  'driver_failed',
  'driver_unavailable',
])

/** `details` says more where there is more to say that helps; never why a login was refused (I9). */
const detailsOf = ({ errors, code, detail }: Fault): readonly string[] => {
  if (errors.length > 0) return errors.map(({ pointer, detail: what }) => `${pointer} ${what}`)
  return tellsMore.has(code) ? [detail] : []
}

/** Manifold's error body: `{code, error, details}`. */
export const manifoldAudience: Audience = {
  render(fault, operationId) {
    const { status, error }: Answer = table[fault.code]
    const scheme = logins.has(operationId) ? 'Basic realm="manifold", charset="UTF-8"' : 'Bearer realm="manifold"'
    return json(
      status,
      { code: status, error, details: detailsOf(fault) },
      { ...faultHeaders(fault), ...(status === 401 ? { 'www-authenticate': scheme } : {}) },
    )
  },
}
