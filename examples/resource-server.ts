// An API that Countersign protects: for each request it introspects the token, and learns its user (RFC 7662). No
// library is needed. AUDIENCE is the API's own name. The API refuses tokens for other audiences, so AUDIENCE must be
// one of the audiences of its client.
import { createServer } from 'node:http'

const {
  BASE_URL = 'http://127.0.0.1:4300',
  CLIENT_ID = '',
  CLIENT_SECRET = '',
  AUDIENCE = '',
  PORT = '0',
} = process.env

interface Introspection {
  readonly active: boolean
  readonly aud?: string | readonly string[]
  readonly client_id?: string
  readonly scope?: string
  /** Of a user's token. */
  readonly username?: string
  /** The client that acts for the subject, if the token came by an exchange (RFC 8693 §4.1). */
  readonly act?: { readonly sub: string }
}

/** What the operation of this API requires. */
const requiredScope = 'reports:read'

// In Basic credentials both parts are form-encoded (RFC 6749 §2.3.1).
const basic = btoa([CLIENT_ID, CLIENT_SECRET].map(encodeURIComponent).join(':'))

async function introspect(token: string): Promise<Introspection> {
  const response = await fetch(`${BASE_URL}/oauth2/introspect`, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token }),
    signal: AbortSignal.timeout(5_000),
  })
  if (response.status !== 200) throw new Error(`introspection answered ${response.status}`)
  return (await response.json()) as Introspection
}

const server = createServer(async (request, response) => {
  const answer = (status: number, body: object, headers = {}) => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers })
    response.end(JSON.stringify(body))
  }
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) return answer(401, { error: 'no token' }, { 'WWW-Authenticate': 'Bearer' })
  try {
    const { active, aud = [], client_id, scope = '', username, act } = await introspect(token)
    if (!active || ![aud].flat().includes(AUDIENCE)) {
      return answer(401, { error: 'invalid token' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
    }
    if (!scope.split(' ').includes(requiredScope)) {
      const challenge = `Bearer error="insufficient_scope", scope="${requiredScope}"`
      return answer(403, { error: 'insufficient scope' }, { 'WWW-Authenticate': challenge })
    }
    const caller = username === undefined ? { client: client_id } : { user: username }
    return answer(200, { report: 'all is well', for: { ...caller, ...(act && { through: act.sub }) } })
  } catch (error) {
    // Without an answer from the server, refuse.
    console.error(error instanceof Error ? error.message : error)
    return answer(503, { error: 'try again' }, { 'Retry-After': '1' })
  }
})

server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}/report`)
})
process.once('SIGTERM', () => server.close())
