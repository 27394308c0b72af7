// A server with APIs, a user and clients, and the tokens that the guards are shown.
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { localCaller } from '@countersign/core'
import { AdvancedTime, goodPassword, startTestServer, type TestServer } from '@countersign/server/testing'
import { basic, freePort } from '@countersign/server/testing/process'

export const orders = 'https://orders.example'
export const other = 'https://other.example'
const lifetimeSeconds = 3600
const scopes = ['orders:read', 'orders:write'].map((name) => ({ name, description: 'Orders.', least_role: 'viewer' }))

interface Credentials {
  readonly id: string
  readonly secret: string
}

/** A server whose clock is behind at first, so that what it issues then has expired for the guards. */
export class Issuer implements AsyncDisposable {
  readonly #server: TestServer
  readonly #time: AdvancedTime
  readonly #reader: Credentials
  /** The API's own client. */
  readonly program: Credentials
  readonly #expired: string

  private constructor(
    server: TestServer,
    time: AdvancedTime,
    clients: readonly [Credentials, Credentials],
    expired: string,
  ) {
    this.#server = server
    this.#time = time
    ;[this.#reader, this.program] = clients
    this.#expired = expired
  }

  static async start(): Promise<Issuer> {
    const time = new AdvancedTime(-2 * lifetimeSeconds)
    const server = await startTestServer({ time, cheapHashes: true, port: await freePort() })
    await server.user('owner', 'owner')
    await server.user('ada', 'viewer')
    const { access_token } = await server.login('owner')
    for (const identifier of [orders, other]) {
      const api = { identifier, name: 'Orders', scopes, access_lifetime_seconds: lifetimeSeconds }
      await post(server, '/v1/apis', api, { authorization: `Bearer ${access_token}` })
    }
    const apis = [orders, other].map((identifier) => ({ identifier, scope: 'orders:read orders:write' }))
    const reader = await server.client({ apis })
    const program = await server.client({ audience: [orders] })
    const clients = [reader, program].map(({ client, secret }) => ({ id: client.id, secret }))
    const issuer = new Issuer(
      server,
      time,
      clients as [Credentials, Credentials],
      await ofMachine(server, clients[0] as Credentials),
    )
    time.advance(1.75 * lifetimeSeconds)
    return issuer
  }

  get url(): string {
    return this.#server.url
  }

  get readerId(): string {
    return this.#reader.id
  }

  /** A client's token. */
  machine(scope?: string, resource?: string): Promise<string> {
    return ofMachine(this.#server, this.#reader, scope, resource)
  }

  /** A user's token. */
  async person(resource = orders): Promise<string> {
    const login = { username: 'ada', password: goodPassword, resource }
    const { access_token } = await post<{ access_token: string }>(this.#server, '/v1/sessions', login)
    return access_token
  }

  /** A token with the type `JWT`, signed by the issuer: as the API has them while it is registered with that type. */
  async plainlyTyped(): Promise<string> {
    await this.#changeOrders({ token_typ: 'jwt' })
    const token = await this.machine()
    await this.#changeOrders({ token_typ: 'at+jwt' })
    return token
  }

  async revoked(): Promise<string> {
    const token = await this.machine()
    const response = await this.#server.fetch('/oauth2/revoke', {
      method: 'POST',
      headers: { authorization: basic(this.#reader.id, this.#reader.secret) },
      body: new URLSearchParams({ token }),
    })
    if (response.status !== 200) throw new Error(`revocation responded ${response.status}`)
    return token
  }

  /** Tokens that a guard must refuse, by what is wrong with them. */
  async refused(): Promise<Readonly<Record<string, string>>> {
    const good = await this.machine()
    const [header, payload] = good.split('.') as [string, string, string]
    const { keys } = (await (await this.#server.fetch('/oauth2/jwks')).json()) as { keys: [JsonWebKey] }
    const publicKey = createPublicKey({ key: keys[0], format: 'jwk' })
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const changed = (part: string, change: object) => encode({ ...decode(part), ...change })
    const hmac = (secret: string | Buffer) => {
      const input = `${changed(header, { alg: 'HS256' })}.${payload}`
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    }
    return {
      'made up': 'made-up',
      'for another API': await this.machine('orders:read', other),
      'for the issuer': (await this.#server.login('ada')).access_token,
      expired: this.#expired,
      'altered payload': good.replace(payload, changed(payload, { scope: 'orders:read orders:admin' })),
      'altered signature': `${good.slice(0, -8)}AAAAAAAA`,
      'alg none': `${changed(header, { alg: 'none' })}.${payload}.`,
      'HS256 with the PEM of the public key': hmac(publicKey.export({ type: 'spki', format: 'pem' })),
      'HS256 with the DER of the public key': hmac(publicKey.export({ type: 'spki', format: 'der' })),
      'signed by another key': signed(header, payload, own),
      'without a kid': signed(changed(header, { kid: undefined }), payload, own),
      'with its own key in the header': signed(
        changed(header, { kid: 'own', jwk: createPublicKey(own).export({ format: 'jwk' }) }),
        payload,
        own,
      ),
      'unknown kid': signed(changed(header, { kid: 'unknown' }), payload, own),
    }
  }

  /** Rotates the keys, and lets as much time pass as a new key is published before it signs. The server notices it soon. */
  async rotate(algorithm: 'ES256' | 'EdDSA'): Promise<void> {
    await this.#server.authority.useCases.keys.rotate(algorithm, localCaller)
    this.#time.advance(400)
  }

  async #changeOrders(change: object): Promise<void> {
    const { access_token } = await this.#server.login('owner')
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
    const listed = await this.#server.fetch('/v1/apis', { headers })
    const { apis } = (await listed.json()) as { apis: readonly { id: string; identifier: string }[] }
    const id = apis.find(({ identifier }) => identifier === orders)?.id
    const changed = await this.#server.fetch(`/v1/apis/${id}`, {
      method: 'PATCH',
      headers,
      body: JSON.stringify(change),
    })
    if (changed.status !== 200) throw new Error(`the change of the API responded ${changed.status}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.close()
  }
}

async function ofMachine(server: TestServer, { id, secret }: Credentials, scope = 'orders:read', resource = orders) {
  const response = await server.fetch('/oauth2/token', {
    method: 'POST',
    headers: { authorization: basic(id, secret) },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope }),
  })
  if (response.status !== 200) throw new Error(`the token endpoint responded ${response.status}`)
  return ((await response.json()) as { access_token: string }).access_token
}

async function post<T>(
  server: TestServer,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<T> {
  const given = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
  const response = await server.fetch(path, given)
  if (response.status !== 201) throw new Error(`${path} responded ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

const decode = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString()) as object
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** The `kid` of a token. */
export const keyOf = (token: string): unknown => (decode(token.split('.')[0] ?? '') as { readonly kid?: unknown }).kid

function signed(header: string, payload: string, key: KeyObject): string {
  const input = `${header}.${payload}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
