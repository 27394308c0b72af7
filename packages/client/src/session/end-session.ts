import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { problemOf } from '../transport/problem.ts'
import type { Token } from '../transport/token.ts'

const timeoutSeconds = 30

/**
 * Ends the session of an access token, with everything derived from it.
 *
 * @returns Whether the server knew the token. `false` may only mean that it has expired.
 * @throws TransportError If the server could not be reached.
 * @throws ProblemError For any other refusal.
 */
export async function endSession(server: AuthorizationServer, token: Token): Promise<boolean> {
  const headers = { Authorization: `Bearer ${token.reveal()}`, Accept: 'application/json' }
  const answer = await server.request({ method: 'DELETE', path: '/v1/sessions/current', headers, timeoutSeconds })
  if (answer.status === 204) return true
  if (answer.status === 401) return false
  throw problemOf(answer, answer.body, [token.reveal()])
}
