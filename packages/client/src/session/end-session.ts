import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { SessionExpiredError } from '../transport/errors.ts'
import type { Token } from '../transport/token.ts'
import { ask } from './ask.ts'
import type { TokenSource } from './token-source.ts'

/**
 * Ends the session of an access token, with everything derived from it.
 *
 * @returns Whether the server knew the token. `false` may only mean that it has expired.
 * @throws TransportError If the server could not be reached.
 * @throws ProblemError For any other refusal.
 */
export async function endSession(server: AuthorizationServer, token: Token): Promise<boolean> {
  const { status } = await ask(server, '/v1/sessions/current', {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${token.reveal()}` },
    secrets: [token.reveal()],
    expected: [204, 401],
  })
  return status === 204
}

/** Ends the session of a source that logs nobody in. It is refreshed first if its access token is refused. */
export async function endResumed(server: AuthorizationServer, resumed: TokenSource): Promise<void> {
  const request = { method: 'DELETE', url: server.baseUrl }
  try {
    const token = await resumed.token(request)
    const fresh = !token || (await endSession(server, token)) ? undefined : await resumed.refused(token, request)
    if (fresh) await endSession(server, fresh)
  } catch (error) {
    if (!(error instanceof SessionExpiredError)) throw error
  }
}
