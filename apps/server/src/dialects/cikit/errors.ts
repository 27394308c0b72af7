import { type ErrorRenderer, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { Fault } from '../../errors/fault.ts'
import { answersBy } from '../../errors/kinds.ts'
import type { ResponseValue } from '../../http/message.ts'

interface Answer {
  readonly status: number
  readonly error: string
  readonly errorId: number
}

const wrongCode: Answer = { status: 400, error: 'TOTP code invalid', errorId: 902 }
const noUser: Answer = { status: 400, error: 'User not found', errorId: 903 }
const unknownToken: Answer = { status: 401, error: 'Access token not found', errorId: 908 }
const unknownRefreshToken: Answer = { status: 401, error: 'Refresh token not found', errorId: 910 }
const denied: Answer = { status: 403, error: 'Access denied', errorId: 912 }
const malformed: Answer = { status: 400, error: 'The request is malformed', errorId: 0 }
const noRoute: Answer = { status: 404, error: 'Route not found', errorId: 404 }
const conflict: Answer = { status: 400, error: 'The request conflicts with what is there', errorId: 0 }
const unavailable: Answer = { status: 503, error: 'Service unavailable', errorId: 503 }
/** The text is the driver's own. */
const driver: Answer = { status: 400, error: '', errorId: 900 }

const tooMany: Answer = { status: 429, error: 'Too many requests', errorId: 429 }

const answers = answersBy<Answer>(
  {
    invalid: malformed,
    unauthenticated: unknownToken,
    forbidden: denied,
    not_found: noUser,
    conflict,
    throttled: tooMany,
    unavailable,
    internal: { status: 500, error: 'Internal server error', errorId: 500 },
  },
  {
    credentials_invalid: wrongCode,
    client_authentication_failed: wrongCode,
    token_expired: { status: 401, error: 'Access token expired', errorId: 909 },
    // Rendered as plain text: see below.
    credentials_missing: { status: 401, error: 'Unauthorized', errorId: 0 },
    grant_invalid: unknownRefreshToken,
    refresh_token_reused: unknownRefreshToken,
    host_unknown: { status: 421, error: 'Misdirected request', errorId: 0 },
    owner_protected: denied,
    username_invalid: { status: 400, error: 'The username is invalid', errorId: 0 },
    username_taken: { status: 400, error: 'Username is already taken', errorId: 914 },
    owner_exists: { status: 403, error: 'The system cannot have multiple owners', errorId: 906 },
    role_unknown: { status: 400, error: 'The group is unknown', errorId: 905 },
    body_too_large: { status: 413, error: 'The request body is too large', errorId: 0 },
    media_type_unsupported: { status: 415, error: 'The request body is neither JSON nor a form', errorId: 0 },
    route_not_found: noRoute,
    method_not_allowed: noRoute,
    droplet_unknown: driver,
    droplet_name_taken: driver,
    droplet_name_invalid: driver,
    driver_failed: driver,
  },
)

/** How the vendor words a body that lacks something, by operation. */
const lacking: Readonly<Record<string, Answer>> = {
  cikitLogin: { status: 400, error: 'The request body must contain "code" and "username"', errorId: 901 },
  cikitAddUser: { status: 400, error: 'The request body must contain "group" and "username"', errorId: 913 },
  cikitRefresh: { status: 400, error: 'Missing required parameter: refresh_token', errorId: 0 },
}

function answerTo({ code, errors }: Fault, operationId: string | undefined): Answer {
  const inBody = code === 'request_invalid' && errors.some(({ pointer }) => pointer.startsWith('/body'))
  return (inBody ? lacking[operationId ?? ''] : undefined) ?? answers[code]
}

/** The vendor's challenge, with every 401. */
export const challenge = 'Bearer realm="Users"'

/** CIKit's error body, `{error, errorId}`; without any token, the plain text of the library that the vendor uses. */
export const cikitErrors: ErrorRenderer = {
  render(fault, operationId): ResponseValue {
    const { status, error, errorId } = answerTo(fault, operationId)
    const headers = {
      ...(status === 401 ? { 'www-authenticate': challenge } : {}),
      ...faultHeaders(fault),
    }
    if (fault.code === 'credentials_missing') {
      return { status, headers: { ...headers, 'content-type': 'text/plain' }, body: error }
    }
    return json(status, { error: errorId === 900 ? fault.detail : error, errorId }, headers)
  },
}
