import { type ErrorRenderer, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { Fault } from '../../errors/fault.ts'
import { answersBy } from '../../errors/kinds.ts'

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

const answers = answersBy<Answer>(
  {
    invalid: requestInvalid,
    unauthenticated: invalidToken,
    forbidden: noAccess,
    not_found: notFound,
    conflict,
    throttled: tooMany,
    unavailable,
    internal: answer(500, 1000, 'Unexpected error'),
  },
  {
    credentials_invalid: wrongLogin,
    client_authentication_failed: wrongLogin,
    api_key_exists: answer(401, 25002, 'API key exists already'),
    token_expired: answer(401, 25003, 'Token has expired'),
    credentials_missing: answer(401, 25004, 'Token is missing'),
    client_unknown: answer(401, 25009, 'Unknown client'),
    client_name_taken: answer(409, 25008, 'Client cannot be registered'),
    host_unknown: invalid(421, 'This server does not have that name'),
    media_type_unsupported: invalid(415, 'The request is not JSON'),
    body_too_large: invalid(413, 'The request is too large'),
    method_not_allowed: invalid(405, 'This path does not have that method'),
  },
)

function answerTo({ code, errors }: Fault): Answer {
  const ofType = errors.length > 0 && errors.every(({ pointer }) => pointer === '/body/clientType')
  return code === 'request_invalid' && ofType ? unknownClientType : answers[code]
}

/** EFA's error body: `{code, message}`, the code a number of the vendor's. */
export const efaErrors: ErrorRenderer = {
  render(fault) {
    const { status, code, message } = answerTo(fault)
    const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="efa"' } : {}
    return json(status, { code, message }, { ...faultHeaders(fault), ...challenge })
  },
}
