// An issuer whose answers a test chooses, for faults that a real one does not show. It signs with real keys.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

export const resource = 'https://orders.example/v1'
export const clientIdentity = { id: '0068f2a1b30c9d4e7f8a1b', secret: 'cs_key_a+b c/secret' }

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Answer = (request: Received, response: ServerResponse) => unknown

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

export interface ScriptedIssuer {
  readonly url: string
  readonly received: Received[]
  /** Answers by path; a test replaces them. Absent: 404. */
  readonly answers: Map<string, Answer>
  /** The key set that is published. */
  keys: SigningKey[]
  count(path: string): number
  /** A token that a verifier accepts, but for what is given. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>, key?: SigningKey): Promise<string>
  /** Stops listening; connections are cut. */
  stop(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export const json =
  (body: unknown, status = 200): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

export async function scriptedIssuer(): Promise<ScriptedIssuer> {
  const received: Received[] = []
  const answers = new Map<string, Answer>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url: path = '', headers } = request
    const seen = { method, path, headers, body: Buffer.concat(chunks).toString() }
    received.push(seen)
    const answer = answers.get(path.replace(/\?.*/, ''))
    if (answer) await answer(seen, response)
    else response.writeHead(404).end()
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(stop)
  const first = await signingKey('first')
  const issuer: ScriptedIssuer = {
    url,
    received,
    answers,
    keys: [first, await signingKey('edwards', 'EdDSA')],
    count: (path) => received.filter((request) => request.path.replace(/\?.*/, '') === path).length,
    async token(claims = {}, header = {}, key = first) {
      const now = Math.floor(Date.now() / 1000)
      const all = {
        iss: url,
        sub: 'user-1',
        aud: resource,
        client_id: 'countersign',
        iat: now,
        exp: now + 600,
        jti: 'api1.7f8a1b30c9d4e7f8a1b',
        sid: '0068f2a1b30c9d4e7f8a1b',
        role: 'viewer',
        scope: 'orders:read orders:write',
        ...claims,
      }
      return new SignJWT(JSON.parse(JSON.stringify(all)))
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
        .sign(key.privateKey)
    },
    stop,
    start: () => listen(port),
  }
  answers.set(
    '/.well-known/oauth-authorization-server',
    json({
      issuer: url,
      jwks_uri: `${url}/oauth2/jwks`,
      introspection_endpoint: `${url}/oauth2/introspect`,
      token_endpoint: `${url}/oauth2/token`,
    }),
  )
  answers.set('/oauth2/jwks', (_request, response) =>
    json({ keys: issuer.keys.map(({ jwk }) => jwk) })(_request, response),
  )
  answers.set('/oauth2/introspect', json({ active: false }))
  answers.set('/oauth2/token', json({ access_token: 'feed-token', token_type: 'Bearer', expires_in: 3600 }))
  return issuer
}
