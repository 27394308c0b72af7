import { type ErrorRenderer, faultHeaders, json, stepUp } from '../../errors/error-renderer.ts'
import { answersBy } from '../../errors/kinds.ts'

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

const answers = answersBy<Answer>(
  {
    invalid: badRequest,
    unauthenticated: credentialsRequired,
    forbidden,
    not_found: notFound,
    conflict,
    throttled: tooMany,
    unavailable,
    internal: { status: 500, error: 'Internal server error' },
  },
  {
    login_too_old: credentialsRequired,
    media_type_unsupported: { status: 415, error: 'Unsupported media type' },
    body_too_large: { status: 413, error: 'Request too large' },
    host_unknown: { status: 421, error: 'Misdirected request' },
    method_not_allowed: { status: 405, error: 'Method not allowed' },
  },
)

/** Insight's error body: `{error}`. Whatever is wrong with a credential is one answer. */
export const insightErrors: ErrorRenderer = {
  render(fault) {
    const { status, error }: Answer = answers[fault.code]
    const challenge = status === 401 ? { 'www-authenticate': `Bearer realm="insight"${stepUp(fault)}` } : {}
    return json(status, { error }, { ...faultHeaders(fault), ...challenge })
  },
}
