import { type ErrorRenderer, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { Fault } from '../../errors/fault.ts'
import { answersBy } from '../../errors/kinds.ts'

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

const answers = answersBy<Answer>(
  {
    invalid: invalidArgument,
    unauthenticated: failed,
    forbidden: failed,
    not_found: notFound,
    conflict,
    throttled: tooMany,
    unavailable: notReady,
    internal: {
      status: 500,
      code: 'InternalError',
      message: 'The server encountered an internal error. Please retry the request.',
    },
  },
  {
    client_unknown: failed,
    host_unknown: argument(421, 'This server does not have that name.'),
    token_expired: { status: 400, code: 'ExpiredToken', message: 'Token expired.' },
    token_invalid: invalidToken,
    credentials_missing: invalidToken,
    grant_invalid: invalidToken,
    refresh_token_reused: invalidToken,
    media_type_unsupported: argument(415, 'The request is not JSON.'),
    body_too_large: argument(413, 'The request is too large.'),
    method_not_allowed: argument(405, 'This path does not have that method.'),
  },
)

const shows: ReadonlySet<string | undefined> = new Set(['lyveShowToken', 'lyveShowTokenAtSlash'])

/** Where the token is all that is asked about, one that cannot be read is one more that is not valid (N-111). */
const answerTo = ({ code, errors }: Fault, operationId: string | undefined): Answer =>
  code === 'request_invalid' && errors.length === 0 && shows.has(operationId) ? invalidToken : answers[code]

/** Lyve's error body: `{code, message}`. It has no 401, and so no challenge. */
export const lyveErrors: ErrorRenderer = {
  render(fault, operationId) {
    const { status, code, message } = answerTo(fault, operationId)
    return json(status, { code, message }, faultHeaders(fault))
  },
}
