// The API calls of the campaigns, over one connection.
import {
  type Answer,
  basic,
  Connection,
  ConnectionLost,
  type Credentials,
  deleteRequest,
  type Endpoint,
  formRequest,
  getRequest,
  jsonRequest,
  type UserLogin,
} from '@countersign/server/testing/process'

export interface TokenSet {
  readonly access_token: string
  readonly refresh_token: string
}

/** The native API, or the OAuth endpoints that do the same. */
export type ApiPath = 'native' | 'oauth'

/** An answer that the contract does not allow for the request, or that the campaign does not expect. */
export class UnexpectedAnswer extends Error {
  constructor(what: string, { status, body }: Pick<Answer, 'status' | 'body'>) {
    super(`${what} was answered ${status} ${body.slice(0, 200)}`)
    this.name = 'UnexpectedAnswer'
  }
}

/**
 * The server answered that it cannot do it now (503), and when to ask again. Whether it was done is unknown, as after a lost
 * connection: the database may have been lost during the commit.
 */
export class Unavailable extends ConnectionLost {}

type Fields = Readonly<Record<string, string>>

/** The public first-party client of the OAuth endpoints. */
const publicClient = { client_id: 'countersign' }
const bearer = (token: string): Fields => ({ authorization: `Bearer ${token}` })

/**
 * Each call resolves when the server has acknowledged it.
 *
 * @throws ConnectionLost if the server ended before the answer: then whether it was done is unknown.
 * @throws Unavailable if the server answered 503, and that is expected.
 * @throws UnexpectedAnswer
 */
export class Calls implements Disposable {
  readonly #endpoint: Endpoint
  readonly #connection: Connection
  readonly #sender: Fields
  readonly #mayBeUnavailable: boolean

  private constructor(
    endpoint: Endpoint,
    connection: Connection,
    address: string | undefined,
    mayBeUnavailable: boolean,
  ) {
    this.#endpoint = endpoint
    this.#connection = connection
    this.#mayBeUnavailable = mayBeUnavailable
    this.#sender = address === undefined ? {} : { 'x-forwarded-for': address }
  }

  /**
   * @param address The client address that the server sees. It limits failed logins by address.
   * @param mayBeUnavailable Whether 503 is an answer that the campaign expects. Default is false.
   */
  static async open(
    endpoint: Endpoint,
    address?: string,
    { mayBeUnavailable = false }: { readonly mayBeUnavailable?: boolean } = {},
  ): Promise<Calls> {
    return new Calls(endpoint, await Connection.open(endpoint), address, mayBeUnavailable)
  }

  [Symbol.dispose](): void {
    this.#connection.close()
  }

  /** @param address In place of the connection's. */
  async logIn({ username, password }: UserLogin, address?: string): Promise<TokenSet> {
    const sender = address === undefined ? {} : { 'x-forwarded-for': address }
    return JSON.parse((await this.#post('a login', '/v1/sessions', { username, password }, sender, [201])).body)
  }

  /** @returns `undefined` if the refresh was refused. */
  async refresh(token: string, retryKey?: string, path: ApiPath = 'native'): Promise<TokenSet | undefined> {
    const headers: Fields = retryKey === undefined ? {} : { 'idempotency-key': retryKey }
    const form = { grant_type: 'refresh_token', refresh_token: token, ...publicClient }
    const { status, body } =
      path === 'native'
        ? await this.#post('a refresh', '/v1/sessions/refresh', { refresh_token: token }, headers, [200, 401])
        : await this.#postForm('a refresh (oauth)', '/oauth2/token', form, headers, [200, 400])
    return status === 200 ? JSON.parse(body) : undefined
  }

  /** Obtains a token by client credentials. */
  async issue(client: Credentials): Promise<string> {
    const form = { grant_type: 'client_credentials' }
    return JSON.parse((await this.#postForm('an issue', '/oauth2/token', form, authenticated(client))).body)
      .access_token
  }

  /** Revokes a token (RFC 7009). @param client Default is the public client. */
  async revoke(token: string, client?: Credentials): Promise<void> {
    const form = client ? { token } : { token, ...publicClient }
    await this.#postForm('a revocation', '/oauth2/revoke', form, client ? authenticated(client) : {})
  }

  /** @returns False if the access token was refused. */
  async logOut(accessToken: string): Promise<boolean> {
    const message = deleteRequest(this.#endpoint, '/v1/sessions/current', { ...this.#sender, ...bearer(accessToken) })
    return (await this.#exchange('a log-out', message, [204, 401])).status === 204
  }

  /** Whether introspection calls a token active (RFC 7662). */
  async isActive(token: string, client: Credentials): Promise<boolean> {
    const { body } = await this.#postForm('an introspection', '/oauth2/introspect', { token }, authenticated(client))
    return JSON.parse(body).active === true
  }

  /** Whether an operation accepts an access token. */
  async isAccepted(accessToken: string): Promise<boolean> {
    return (await this.#get('the own account', '/v1/me', accessToken, [200, 401])).status === 200
  }

  /** The id of the user of an access token. */
  async userId(accessToken: string): Promise<string> {
    return String(JSON.parse((await this.#get('the own account', '/v1/me', accessToken, [200])).body).id)
  }

  /** Transfers the ownership. The owner proves the password again. */
  async transferOwnership(
    owner: { readonly accessToken: string; readonly password: string },
    to: string,
  ): Promise<void> {
    const { accessToken, password } = owner
    await this.#post('a transfer', `/v1/users/${to}/ownership`, { password }, bearer(accessToken), [204])
  }

  /** Whether a user may read the audit trail, as only the owner may. */
  async isOwner(accessToken: string): Promise<boolean> {
    return (await this.#get('the audit trail', '/v1/audit?limit=1', accessToken, [200, 403])).status === 200
  }

  #get(what: string, path: string, accessToken: string, expected: readonly number[]): Promise<Answer> {
    return this.#exchange(what, getRequest(this.#endpoint, path, bearer(accessToken)), expected)
  }

  #post(what: string, path: string, body: object, headers: Fields, expected: readonly number[]): Promise<Answer> {
    return this.#exchange(what, jsonRequest(this.#endpoint, path, body, { ...this.#sender, ...headers }), expected)
  }

  #postForm(what: string, path: string, form: Fields, headers: Fields, expected = [200]): Promise<Answer> {
    return this.#exchange(what, formRequest(this.#endpoint, path, form, { ...this.#sender, ...headers }), expected)
  }

  async #exchange(what: string, message: string, expected: readonly number[]): Promise<Answer> {
    const answer = await this.#connection.exchange(message)
    if (this.#mayBeUnavailable && answer.status === 503 && /\r\nretry-after: \d/i.test(answer.head))
      throw new Unavailable()
    if (!expected.includes(answer.status)) throw new UnexpectedAnswer(what, answer)
    return answer
  }
}

const authenticated = ({ id, secret }: Credentials): Fields => ({ authorization: basic(id, secret) })
