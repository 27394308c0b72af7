import type { Reaction, Received } from './http-server.ts'

/**
 * The server's rules of rotation, for tests that need faults at a chosen moment: a refresh token works once; with the
 * key of its rotation it returns the same successor; without the key the session ends. The server's own behaviour is
 * tested with the server.
 */
export interface SessionRules {
  react(request: Received): Reaction
  /** The access token that is valid now. */
  accessToken(): string
  /** Expires all access tokens; the session continues. */
  expireAccessTokens(): void
  /** Ends the session. */
  revoke(): void
  readonly logins: number
  readonly rotations: number
  readonly reuses: number
}

export function sessionRules(options: { expiresIn?: number; password?: string } = {}): SessionRules {
  const { expiresIn = 600, password = 'correct horse' } = options
  let session = 0
  let generation = 0
  let issue = 0
  let oldestIssue = 0
  let lastKey: string | undefined
  let revoked = true
  let [logins, rotations, reuses] = [0, 0, 0]
  const access = () => `access-${session}-${issue}`
  const tokens = (status: number): Reaction => ({
    status,
    json: {
      token_type: 'Bearer',
      access_token: access(),
      expires_in: expiresIn,
      refresh_token: `refresh-${session}-${generation}`,
      refresh_expires_in: 2_592_000,
      role: 'viewer',
      scope: '',
    },
  })
  const logIn = (request: Received): Reaction => {
    logins += 1
    if (JSON.parse(request.body).password !== password) return problem(401, 'credentials_invalid')
    session += 1
    generation = 0
    issue += 1
    oldestIssue = issue
    lastKey = undefined
    revoked = false
    return tokens(201)
  }
  const refresh = (request: Received): Reaction => {
    const key = request.headers['idempotency-key']
    const [, ofSession, ofGeneration] = JSON.parse(request.body).refresh_token.split('-').map(Number)
    if (revoked || ofSession !== session) return problem(401, 'grant_invalid')
    if (ofGeneration === generation) {
      generation += 1
      rotations += 1
      lastKey = String(key)
    } else if (ofGeneration !== generation - 1 || key === undefined || key !== lastKey) {
      revoked = true
      reuses += 1
      return problem(401, 'refresh_token_reused')
    }
    issue += 1
    return tokens(200)
  }
  return {
    react: (request) => {
      if (request.path === '/v1/sessions') return logIn(request)
      if (request.path === '/v1/sessions/refresh') return refresh(request)
      if (request.path.startsWith('/.well-known/'))
        return { status: 200, json: { countersign_retry_window_seconds: 60 } }
      const [, ofSession, ofIssue] = (request.headers.authorization as string | undefined)?.split('-').map(Number) ?? []
      if (revoked || ofSession !== session || (ofIssue ?? 0) < oldestIssue) return problem(401, 'token_invalid')
      if (request.method === 'DELETE' && request.path === '/v1/sessions/current') revoked = true
      if (request.method !== 'GET') return { status: 204 }
      return {
        status: 200,
        json: { id: '0'.repeat(22), username: 'ada', role: 'viewer', required_factors: ['password'] },
      }
    },
    accessToken: access,
    expireAccessTokens: () => {
      oldestIssue = issue + 1
    },
    revoke: () => {
      revoked = true
    },
    get logins() {
      return logins
    },
    get rotations() {
      return rotations
    },
    get reuses() {
      return reuses
    },
  }
}

/** An error of the native API (RFC 9457). */
export function problem(status: number, code: string, headers: Record<string, string> = {}): Reaction {
  const json = { type: `urn:countersign:error:${code}`, title: code, status, code, detail: 'It was refused.' }
  return { status, json, headers: { 'Content-Type': 'application/problem+json', ...headers } }
}
