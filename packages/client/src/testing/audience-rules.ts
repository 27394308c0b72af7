// The server's rules for tokens of several APIs, for tests that need faults and races at a chosen moment: a refresh token
// works once; with the key of its rotation it gets the same successor, and an access token for whatever API is asked for.
// The premise of the last rule is tested with the server itself (test/tokens.test.ts).
import type { Reaction, Received } from './http-server.ts'
import { problem } from './session-rules.ts'

interface Issued {
  readonly audience: string
  readonly scope: string | undefined
}

export interface AudienceRulesOptions {
  /** Seconds. Default: 600. */
  readonly expiresIn?: number
  /** Whether the server still repeats the answer to a refresh. Default: always. */
  readonly repeats?: () => boolean
}

export function audienceRules({ expiresIn = 600, repeats = () => true }: AudienceRulesOptions = {}) {
  const issued = new Map<string, Issued>()
  const counts = { logins: 0, rotations: 0, repeats: 0, reuses: 0, clientTokens: 0 }
  const revoked: string[] = []
  let session = 0
  let generation = 0
  let lastKey: unknown
  let apis: readonly string[] = []
  let isOver = true

  const accessToken = (audience: string, scope?: string): string => {
    const token = `access-${issued.size + 1}`
    issued.set(token, { audience, scope })
    return token
  }
  const sessionTokens = (status: number, audience: string, scope?: string): Reaction => ({
    status,
    json: {
      token_type: 'Bearer',
      access_token: accessToken(audience, scope),
      expires_in: expiresIn,
      refresh_token: `refresh-${session}-${generation}`,
      refresh_expires_in: 2_592_000,
      role: 'viewer',
      scope: scope ?? '',
    },
  })
  const logIn = ({ body }: Received): Reaction => {
    const { password, resource = 'issuer', scope } = JSON.parse(body)
    counts.logins += 1
    if (password !== 'correct horse') return problem(401, 'credentials_invalid')
    session += 1
    generation = 0
    lastKey = undefined
    isOver = false
    apis = [resource].flat()
    return sessionTokens(201, apis[0] ?? '', scope)
  }
  const refresh = ({ body, headers }: Received): Reaction => {
    const { refresh_token: token, resource = 'issuer', scope } = JSON.parse(body)
    const [, ofSession, presented] = token.split('-').map(Number)
    if (isOver || ofSession !== session) return problem(401, 'grant_invalid')
    if (!apis.includes(resource)) return problem(400, 'target_invalid')
    if (scope === 'everything') return problem(400, 'scope_invalid')
    const key = headers['idempotency-key']
    if (presented === generation) {
      generation += 1
      counts.rotations += 1
      lastKey = key
    } else if (presented !== generation - 1 || key === undefined || key !== lastKey) {
      isOver = true
      counts.reuses += 1
      return problem(401, 'refresh_token_reused')
    } else if (!repeats()) {
      return problem(401, 'grant_invalid')
    } else {
      counts.repeats += 1
    }
    return sessionTokens(200, resource, scope)
  }
  const clientToken = ({ body }: Received): Reaction => {
    const form = new URLSearchParams(body)
    const resource = form.get('resource') ?? 'issuer'
    if (resource === 'https://unknown.example') return { status: 400, json: { error: 'invalid_target' } }
    counts.clientTokens += 1
    const json = { token_type: 'Bearer', expires_in: expiresIn }
    return { status: 200, json: { ...json, access_token: accessToken(resource, form.get('scope') ?? undefined) } }
  }
  const revoke = ({ body }: Received): Reaction => {
    const token = new URLSearchParams(body).get('token') ?? ''
    revoked.push(body)
    if (token.startsWith('refresh-')) isOver = true
    issued.delete(token)
    return { status: 200 }
  }

  const operations: Readonly<Record<string, (request: Received) => Reaction>> = {
    '/v1/sessions': logIn,
    '/v1/sessions/refresh': refresh,
    '/oauth2/token': clientToken,
    '/oauth2/revoke': revoke,
    '/.well-known/oauth-authorization-server': () => ({ status: 200, json: { countersign_retry_window_seconds: 60 } }),
  }
  return {
    counts,
    /** The forms that were sent to the revocation endpoint. */
    revoked: revoked as readonly string[],
    react: (request: Received): Reaction => operations[request.path]?.(request) ?? problem(404, 'not_found'),
    /** What a request's token was issued for; `undefined` if it has none, or it is not valid any more. */
    tokenOf: ({ headers }: Received): Issued | undefined => issued.get(String(headers.authorization).slice(7)),
    /** Makes all access tokens invalid; the session continues. */
    expireAccessTokens: () => {
      for (const token of issued.keys()) issued.set(token, { audience: 'expired', scope: undefined })
    },
    endSession: () => {
      isOver = true
    },
  }
}

export type AudienceRules = ReturnType<typeof audienceRules>
