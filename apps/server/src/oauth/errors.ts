import { type ErrorRenderer, faultHeaders, json } from '../errors/error-renderer.ts'
import type { Fault } from '../errors/fault.ts'
import { answersBy } from '../errors/kinds.ts'

type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'server_error'

interface OAuthAnswer {
  readonly status: number
  readonly error: OAuthError
}

const answer = (status: number, error: OAuthError): OAuthAnswer => ({ status, error })

const invalidRequest = answer(400, 'invalid_request')
const unavailable = answer(503, 'temporarily_unavailable')

/** RFC 6749 §5.2, and `invalid_target` from RFC 8707 §2. */
const answers = answersBy<OAuthAnswer>(
  {
    invalid: invalidRequest,
    unauthenticated: answer(400, 'invalid_grant'),
    forbidden: answer(400, 'unauthorized_client'),
    not_found: answer(404, 'invalid_request'),
    conflict: invalidRequest,
    throttled: answer(429, 'temporarily_unavailable'),
    unavailable,
    internal: answer(500, 'server_error'),
  },
  {
    client_authentication_failed: answer(401, 'invalid_client'),
    grant_type_unsupported: answer(400, 'unsupported_grant_type'),
    scope_invalid: answer(400, 'invalid_scope'),
    target_invalid: answer(400, 'invalid_target'),
    client_unknown: invalidRequest,
    credentials_missing: answer(401, 'invalid_client'),
    method_not_allowed: answer(405, 'invalid_request'),
    body_too_large: answer(413, 'invalid_request'),
    media_type_unsupported: answer(415, 'invalid_request'),
    origin_refused: answer(403, 'invalid_request'),
    host_unknown: answer(421, 'invalid_request'),
  },
)

/** The one place that an OAuth error has for what is wrong, and where. All of it is ASCII, as it has to be. */
function describe({ detail, errors }: Fault): string {
  const places = errors.map(
    (error) => `${error.pointer.replace(/^\/\w+\//, '').replace(/^\//, 'the ')} ${error.detail}`,
  )
  return places.length === 0 ? detail : `${detail.replace(/\.$/, '')}: ${places.join('; ')}.`
}

/** OAuth clients: `error` and `error_description` (RFC 6749 §5.2). A refused client is told how to authenticate. */
export const oauthErrors: ErrorRenderer = {
  render(fault: Fault) {
    const { status, error } = answers[fault.code]
    const headers = {
      ...faultHeaders(fault),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="countersign", charset="UTF-8"' } : {}),
    }
    return json(status, { error, error_description: describe(fault) }, headers)
  },
}
