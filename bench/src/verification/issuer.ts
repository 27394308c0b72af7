// An issuer for one verifier: its documents, its keys, and a feed of revocations that has no entry but stays fresh.
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'

export const issuer = 'http://127.0.0.1:9'
export const resource = 'https://orders.example'
export type Algorithm = 'ES256' | 'EdDSA'

export interface Issuer {
  readonly algorithm: Algorithm
  readonly publicKey: CryptoKey
  /** The same key in PEM. */
  readonly publicPem: string
  readonly jwk: JWK
  /** Each has another `jti`. */
  readonly tokens: readonly string[]
}

export async function createIssuer(algorithm: Algorithm, count: number): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const now = Math.floor(Date.now() / 1000)
  const token = (serial: number): Promise<string> =>
    new SignJWT({
      iss: issuer,
      sub: '0068f2a1b30c9d4e7f8a1b',
      aud: resource,
      client_id: 'countersign',
      iat: now,
      exp: now + 3600,
      jti: `0068f2a1b30c9d4e7f8a1b.${serial.toString(16).padStart(22, '0')}`,
      sid: '0068f2a1b30c9d4e7f8a1c',
      role: 'viewer',
      scope: 'orders:read orders:write',
    })
      .setProtectedHeader({ alg: algorithm, kid: 'bench', typ: 'at+jwt' })
      .sign(privateKey)
  const tokens: string[] = []
  for (let serial = 0; serial < count; serial++) tokens.push(await token(serial))
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: algorithm, use: 'sig' }
  return { algorithm, publicKey, publicPem: await exportSPKI(publicKey), jwk, tokens }
}

/** The `fetch` of a verifier, answered without a network. */
export function answersOf({ jwk }: Issuer): (url: string, init?: RequestInit) => Promise<Response> {
  const documents: Readonly<Record<string, unknown>> = {
    '/.well-known/oauth-authorization-server': {
      issuer,
      jwks_uri: `${issuer}/oauth2/jwks`,
      introspection_endpoint: `${issuer}/oauth2/introspect`,
      token_endpoint: `${issuer}/oauth2/token`,
    },
    '/oauth2/jwks': { keys: [jwk] },
    '/oauth2/token': { access_token: 'feed', token_type: 'Bearer', expires_in: 86_400 },
  }
  return async (url, init) => {
    const { pathname } = new URL(url)
    if (pathname === '/v1/revocations') return emptyFeed(init?.signal ?? undefined)
    const document = documents[pathname]
    return document ? Response.json(document) : new Response(null, { status: 404 })
  }
}

function emptyFeed(signal: AbortSignal | undefined): Response {
  const encoder = new TextEncoder()
  const began = performance.now()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (event: string, data: object) =>
        controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
      const beat = () => send('heartbeat', { next: 0, after: 0, elapsed_ms: performance.now() - began })
      send('feed', { feed: 'bench', next: 0 })
      beat()
      const timer = setInterval(beat, 1000)
      signal?.addEventListener('abort', () => clearInterval(timer))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}
