// An API that verifies access tokens with `jose`. With CLIENT_ID and CLIENT_SECRET it introspects them instead.
import { createServer } from 'node:http'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'

const { ISSUER = '', RESOURCE = '', CLIENT_ID = '', CLIENT_SECRET = '', PORT = '8080' } = process.env

/** The token is not one for this API. */
class InvalidToken extends Error {}

// region: verify
const keys = createRemoteJWKSet(new URL(`${ISSUER}/oauth2/jwks`), {
  cacheMaxAge: 300_000, // as its Cache-Control says
  cooldownDuration: 2_000, // between two fetches for an unknown kid
})

async function verify(token: string): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, {
    typ: 'at+jwt',
    algorithms: ['ES256', 'EdDSA'],
    issuer: ISSUER,
    audience: RESOURCE,
    clockTolerance: 5, // seconds
    requiredClaims: ['exp', 'sub', 'client_id', 'scope'],
  })
  return payload
}
// endregion

// region: introspect
// In Basic credentials both parts are form-encoded (RFC 6749 §2.3.1).
const formEncoded = (part: string) => new URLSearchParams([['', part]]).toString().slice(1)
const basic = btoa(`${formEncoded(CLIENT_ID)}:${formEncoded(CLIENT_SECRET)}`)

async function introspect(token: string): Promise<JWTPayload> {
  const response = await fetch(`${ISSUER}/oauth2/introspect`, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token }),
    signal: AbortSignal.timeout(5_000),
  })
  if (!response.ok) throw new Error(`introspection responded ${response.status}`)
  const claims = (await response.json()) as JWTPayload & { readonly active: boolean }
  if (!claims.active || ![claims.aud].flat().includes(RESOURCE)) throw new InvalidToken()
  return claims
}
// endregion

const isRefused = (error: unknown): boolean =>
  error instanceof InvalidToken || (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout))

const server = createServer(async (request, response) => {
  const answer = (status: number, body: object, headers = {}) => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers })
    response.end(JSON.stringify(body))
  }
  const refuse = (status: number, error: string, challenge: string) =>
    answer(status, { error }, { 'WWW-Authenticate': challenge })
  if (request.method !== 'GET' || request.url !== '/orders') return answer(404, { error: 'not_found' })
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) return refuse(401, 'token_required', 'Bearer')
  try {
    const { sub, client_id, role, scope = '' } = await (CLIENT_ID === '' ? verify : introspect)(token)
    const scopes = String(scope).split(' ')
    if (!scopes.includes('orders:read')) {
      return refuse(403, 'insufficient_scope', 'Bearer error="insufficient_scope", scope="orders:read"')
    }
    return answer(200, { subject: sub, client: client_id, role, scope: scopes })
  } catch (error) {
    if (isRefused(error)) return refuse(401, 'invalid_token', 'Bearer error="invalid_token"')
    // Without an answer from the issuer, refuse.
    console.error(error instanceof Error ? error.message : error)
    return answer(503, { error: 'unavailable' }, { 'Retry-After': '1' })
  }
})

server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}/orders`))
