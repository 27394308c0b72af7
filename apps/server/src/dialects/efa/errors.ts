import { type Audience, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { ErrorCode, Fault } from '../../errors/fault.ts'

interface Answer {
  readonly status: number
  readonly code: number
  readonly message: string
}

const answer = (status: number, code: number, message: string): Answer => ({ status, code, message })

const invalid = (status: number, message: string): Answer => answer(status, 1001, message)
const requestInvalid = invalid(400, 'The request is not valid')
const notFound = invalid(404, 'There is nothing at this path')
const conflict = invalid(409, 'The request is not valid now')
const wrongLogin = answer(401, 25001, 'Invalid username or password')
const invalidToken = answer(401, 25005, 'Invalid token')
const noAccess = answer(403, 1000, 'No access to resource')
const unavailable = answer(503, 1000, 'Service unavailable')
/** To `clientType`, whether it is another word or none. */
const unknownClientType = answer(400, 25007, 'Unknown client type')
const tooMany = answer(429, 1000, 'Too many requests')

const table = {
  credentials_invalid: wrongLogin,
  client_authentication_failed: wrongLogin,
  api_key_exists: answer(401, 25002, 'API key exists already'),
  token_expired: answer(401, 25003, 'Token has expired'),
  credentials_missing: answer(401, 25004, 'Token is missing'),
  token_invalid: invalidToken,
  grant_invalid: invalidToken,
  refresh_token_reused: invalidToken,
  client_unknown: answer(401, 25009, 'Unknown client'),
  client_name_taken: answer(409, 25008, 'Client cannot be registered'),
  access_denied: noAccess,
  origin_refused: noAccess,
  host_unknown: invalid(421, 'This server does not have that name'),
  grant_type_unsupported: requestInvalid,
  scope_invalid: requestInvalid,
  target_invalid: requestInvalid,
  password_unacceptable: requestInvalid,
  username_invalid: requestInvalid,
  request_invalid: requestInvalid,
  client_name_invalid: requestInvalid,
  droplet_name_invalid: requestInvalid,
  role_unknown: requestInvalid,
  media_type_unsupported: invalid(415, 'The request is not JSON'),
  body_too_large: invalid(413, 'The request is too large'),
  not_found: notFound,
  route_not_found: notFound,
  droplet_unknown: notFound,
  method_not_allowed: invalid(405, 'This path does not have that method'),
  username_taken: conflict,
  owner_exists: conflict,
  owner_protected: conflict,
  user_disabled: conflict,
  factor_missing: conflict,
  own_account: noAccess,
  login_too_old: noAccess,
  lifetime_too_long: requestInvalid,
  factors_insufficient: noAccess,
  too_many_tokens: conflict,
  droplet_name_taken: conflict,
  throttled: tooMany,
  too_many_sessions: tooMany,
  overloaded: unavailable,
  unavailable,
  driver_failed: unavailable,
  driver_unavailable: unavailable,
  internal: answer(500, 1000, 'Unexpected error'),
} as const satisfies Record<ErrorCode, Answer>

function answerTo({ code, errors }: Fault): Answer {
  const ofType = errors.length > 0 && errors.every(({ pointer }) => pointer === '/body/clientType')
  return code === 'request_invalid' && ofType ? unknownClientType : table[code]
}

/** EFA's error body: `{code, message}`, the code a number of the vendor's. */
export const efaAudience: Audience = {
  render(fault) {
    const { status, code, message } = answerTo(fault)
    const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="efa"' } : {}
    return json(status, { code, message }, { ...faultHeaders(fault), ...challenge })
  },
}
