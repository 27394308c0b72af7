import { type Audience, faultHeaders, json, stepUp } from '../errors/error-renderer.ts'
import type { ErrorCode, Fault } from '../errors/fault.ts'

/** The status of every code for native callers, and the code that they see where it is not the domain's own. */
const table = {
  credentials_invalid: { status: 401 },
  client_authentication_failed: { status: 401, as: 'credentials_invalid' },
  token_invalid: { status: 401 },
  token_expired: { status: 401 },
  grant_invalid: { status: 401 },
  refresh_token_reused: { status: 401 },
  grant_type_unsupported: { status: 400, as: 'request_invalid' },
  scope_invalid: { status: 400, as: 'request_invalid' },
  target_invalid: { status: 400, as: 'request_invalid' },
  login_too_old: { status: 401 },
  access_denied: { status: 403 },
  not_found: { status: 404 },
  password_unacceptable: { status: 422 },
  username_invalid: { status: 400 },
  username_taken: { status: 409 },
  owner_exists: { status: 409 },
  client_name_taken: { status: 409 },
  client_name_invalid: { status: 400, as: 'request_invalid' },
  client_unknown: { status: 404, as: 'not_found' },
  api_key_exists: { status: 409 },
  role_unknown: { status: 400, as: 'request_invalid' },
  owner_protected: { status: 409 },
  user_disabled: { status: 409 },
  factor_missing: { status: 400, as: 'request_invalid' },
  lifetime_too_long: { status: 400, as: 'request_invalid' },
  own_account: { status: 403 },
  factors_insufficient: { status: 403 },
  too_many_sessions: { status: 429 },
  too_many_tokens: { status: 409 },
  throttled: { status: 429 },
  overloaded: { status: 503 },
  unavailable: { status: 503 },
  request_invalid: { status: 400 },
  credentials_missing: { status: 401 },
  route_not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  body_too_large: { status: 413 },
  media_type_unsupported: { status: 415 },
  origin_refused: { status: 403 },
  host_unknown: { status: 421 },
  droplet_unknown: { status: 404, as: 'not_found' },
  droplet_name_taken: { status: 409 },
  droplet_name_invalid: { status: 400, as: 'request_invalid' },
  driver_failed: { status: 503 },
  driver_unavailable: { status: 503 },
  internal: { status: 500 },
} as const satisfies Record<ErrorCode, { readonly status: number; readonly as?: ErrorCode }>

const mostErrors = 32

const titleOf = (code: string): string => {
  const words = code.replaceAll('_', ' ')
  return words[0]?.toUpperCase() + words.slice(1)
}

/** RFC 6750 §3: without a credential the challenge says nothing more; a bad token is called one. */
const challenge = (fault: Fault): string =>
  fault.code === 'token_invalid' || fault.code === 'token_expired'
    ? 'Bearer realm="countersign", error="invalid_token"'
    : `Bearer realm="countersign"${stepUp(fault)}`

/** Native callers: problem details (RFC 9457). Two identical requests get identical bodies (D9). */
export const nativeAudience: Audience = {
  render(fault: Fault) {
    const { status, as }: { status: number; as?: ErrorCode } = table[fault.code]
    const code = as ?? fault.code
    const body = {
      type: `urn:countersign:error:${code}`,
      title: titleOf(code),
      status,
      code,
      detail: fault.detail,
      ...(fault.reason === undefined ? {} : { reason: fault.reason }),
      ...(fault.errors.length === 0 ? {} : { errors: fault.errors.slice(0, mostErrors) }),
    }
    return json(status, body, {
      ...faultHeaders(fault),
      ...(status === 401 ? { 'www-authenticate': challenge(fault) } : {}),
      'content-type': 'application/problem+json',
    })
  },
}
