import { type ErrorRenderer, faultHeaders, json } from '../../errors/error-renderer.ts'
import type { Fault } from '../../errors/fault.ts'
import { answersBy, type ErrorCode } from '../../errors/kinds.ts'

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

const answers = answersBy<Answer>(
  {
    invalid: badRequest,
    unauthenticated: unauthorized,
    forbidden,
    not_found: notFound,
    conflict,
    throttled: tooMany,
    unavailable,
    internal: { status: 500, error: 'Internal server error' },
  },
  {
    body_too_large: { status: 413, error: 'Request too large' },
    host_unknown: { status: 421, error: 'Misdirected request' },
    method_not_allowed: { status: 405, error: 'Method not allowed' },
  },
)

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
export const manifoldErrors: ErrorRenderer = {
  render(fault, operationId) {
    const { status, error }: Answer = answers[fault.code]
    const scheme = logins.has(operationId) ? 'Basic realm="manifold", charset="UTF-8"' : 'Bearer realm="manifold"'
    return json(
      status,
      { code: status, error, details: detailsOf(fault) },
      { ...faultHeaders(fault), ...(status === 401 ? { 'www-authenticate': scheme } : {}) },
    )
  },
}
