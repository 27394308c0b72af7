import { type ErrorRenderer, faultHeaders, json, stepUp } from '../errors/error-renderer.ts'
import type { Fault } from '../errors/fault.ts'
import { answersBy, type ErrorCode } from '../errors/kinds.ts'

interface NativeAnswer {
  readonly status: number
  /** The code in the native answer. Default: the error's own code. */
  readonly as?: ErrorCode
}

const answers = answersBy<NativeAnswer>(
  {
    invalid: { status: 400 },
    unauthenticated: { status: 401 },
    forbidden: { status: 403 },
    not_found: { status: 404 },
    conflict: { status: 409 },
    throttled: { status: 429 },
    unavailable: { status: 503 },
    internal: { status: 500 },
  },
  {
    client_authentication_failed: { status: 401, as: 'credentials_invalid' },
    grant_type_unsupported: { status: 400, as: 'request_invalid' },
    scope_invalid: { status: 400, as: 'request_invalid' },
    subject_token_invalid: { status: 400, as: 'request_invalid' },
    actor_token_invalid: { status: 400, as: 'request_invalid' },
    login_too_old: { status: 401 },
    position_gone: { status: 410 },
    password_unacceptable: { status: 422 },
    client_name_invalid: { status: 400, as: 'request_invalid' },
    client_unknown: { status: 404, as: 'not_found' },
    role_unknown: { status: 400, as: 'request_invalid' },
    factor_missing: { status: 400, as: 'request_invalid' },
    lifetime_too_long: { status: 400, as: 'request_invalid' },
    method_not_allowed: { status: 405 },
    body_too_large: { status: 413 },
    media_type_unsupported: { status: 415 },
    host_unknown: { status: 421 },
    droplet_unknown: { status: 404, as: 'not_found' },
    droplet_name_invalid: { status: 400, as: 'request_invalid' },
  },
)

const mostErrors = 32

const titleOf = (code: string): string => {
  const words = code.replaceAll('_', ' ')
  return words[0]?.toUpperCase() + words.slice(1)
}

/** RFC 6750 §3: without a credential, the challenge has no error code; an invalid token is reported as such. */
const challenge = (fault: Fault): string =>
  fault.code === 'token_invalid' || fault.code === 'token_expired'
    ? 'Bearer realm="countersign", error="invalid_token"'
    : `Bearer realm="countersign"${stepUp(fault)}${missingScope(fault)}`

/** RFC 6750 §3.1. The names contain neither `"` nor `\`. */
const missingScope = ({ neededScope }: Fault): string =>
  neededScope === undefined ? '' : `, error="insufficient_scope", scope="${neededScope.join(' ')}"`

/** Renders errors for native clients as problem details (RFC 9457). Equal requests get equal bodies (all-D9). */
export const nativeErrors: ErrorRenderer = {
  render(fault: Fault) {
    const { status, as } = answers[fault.code]
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
      ...(status === 401 || fault.neededScope !== undefined ? { 'www-authenticate': challenge(fault) } : {}),
      'content-type': 'application/problem+json',
    })
  },
}
