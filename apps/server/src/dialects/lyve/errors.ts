import { type Audience, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { ErrorCode, Fault } from '../../errors/fault.ts'

interface Answer {
  readonly status: number
  readonly code: string
  readonly message: string
}

const argument = (status: number, message: string): Answer => ({ status, code: 'InvalidArgument', message })

const invalidArgument = argument(400, 'The request is not valid.')
const notFound = argument(404, 'There is nothing at this path.')
const conflict = argument(409, 'The request is not valid now.')
const invalidToken: Answer = { status: 400, code: 'InvalidToken', message: 'Token is not valid.' }
const failed: Answer = { status: 403, code: 'AuthenticationFailed', message: 'Authentication failed.' }
const notReady: Answer = {
  status: 503,
  code: 'ServiceNotReady',
  message: 'The server is not ready to handle the request. Please retry the request later.',
}

const tooMany: Answer = { status: 429, code: 'TooManyRequests', message: 'Too many requests.' }

const table = {
  credentials_invalid: failed,
  client_authentication_failed: failed,
  client_unknown: failed,
  access_denied: failed,
  origin_refused: failed,
  host_unknown: argument(421, 'This server does not have that name.'),
  token_expired: { status: 400, code: 'ExpiredToken', message: 'Token expired.' },
  token_invalid: invalidToken,
  credentials_missing: invalidToken,
  grant_invalid: invalidToken,
  refresh_token_reused: invalidToken,
  grant_type_unsupported: invalidArgument,
  scope_invalid: invalidArgument,
  target_invalid: invalidArgument,
  password_unacceptable: invalidArgument,
  username_invalid: invalidArgument,
  request_invalid: invalidArgument,
  droplet_name_invalid: invalidArgument,
  client_name_invalid: invalidArgument,
  role_unknown: invalidArgument,
  media_type_unsupported: argument(415, 'The request is not JSON.'),
  body_too_large: argument(413, 'The request is too large.'),
  not_found: notFound,
  route_not_found: notFound,
  droplet_unknown: notFound,
  method_not_allowed: argument(405, 'This path does not have that method.'),
  username_taken: conflict,
  owner_exists: conflict,
  owner_protected: conflict,
  user_disabled: conflict,
  factor_missing: conflict,
  own_account: failed,
  login_too_old: failed,
  lifetime_too_long: invalidArgument,
  factors_insufficient: failed,
  too_many_tokens: conflict,
  client_name_taken: conflict,
  api_key_exists: conflict,
  droplet_name_taken: conflict,
  throttled: tooMany,
  too_many_sessions: tooMany,
  overloaded: notReady,
  unavailable: notReady,
  driver_failed: notReady,
  driver_unavailable: notReady,
  internal: {
    status: 500,
    code: 'InternalError',
    message: 'The server encountered an internal error. Please retry the request.',
  },
} as const satisfies Record<ErrorCode, Answer>

const shows: ReadonlySet<string | undefined> = new Set(['lyveShowToken', 'lyveShowTokenAtSlash'])

/** Where the token is all that is asked about, one that cannot be read is one more that is not valid (N-111). */
const answerTo = ({ code, errors }: Fault, operationId: string | undefined): Answer =>
  code === 'request_invalid' && errors.length === 0 && shows.has(operationId) ? invalidToken : table[code]

/** Lyve's error body: `{code, message}`. It has no 401, and so no challenge. */
export const lyveAudience: Audience = {
  render(fault, operationId) {
    const { status, code, message } = answerTo(fault, operationId)
    return json(status, { code, message }, faultHeaders(fault))
  },
}
