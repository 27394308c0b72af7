import type { AuthorizationServer, TokenAnswer, TokenRequest } from '../transport/authorization-server.ts'
import { problemOf } from '../transport/problem.ts'

/** What a source asks of the server. */
export interface Question {
  /** Default: POST. */
  readonly method?: TokenRequest['method']
  readonly headers?: Readonly<Record<string, string>>
  /** A form (RFC 6749 appendix B), or what is sent as JSON. */
  readonly body?: object
  /** Default: 30. */
  readonly timeoutSeconds?: number | undefined
  /** They must not appear in an error. */
  readonly secrets?: readonly string[]
  /** The statuses that are no error. Default: 200. */
  readonly expected?: readonly number[]
  /** The error for any other status. Default: that of the answer. */
  readonly refusal?: (answer: TokenAnswer) => Error
}

/**
 * Sends a request, and returns the answer if it is an expected one.
 *
 * @throws TransportError If the server could not be reached.
 * @throws ProblemError For any refusal.
 */
export async function ask(
  server: AuthorizationServer,
  path: string,
  { method = 'POST', headers, body, timeoutSeconds = 30, secrets, expected = [200], refusal }: Question,
): Promise<TokenAnswer> {
  const isForm = body instanceof URLSearchParams
  const answer = await server.request({
    method,
    path,
    headers: {
      ...(body && { 'Content-Type': `application/${isForm ? 'x-www-form-urlencoded' : 'json'}` }),
      Accept: 'application/json',
      ...headers,
    },
    ...(body && { body: isForm ? String(body) : JSON.stringify(body) }),
    timeoutSeconds,
  })
  if (expected.includes(answer.status)) return answer
  throw refusal?.(answer) ?? problemOf(answer, answer.body, secrets)
}
