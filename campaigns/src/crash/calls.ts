import { type Answer, Connection, type Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import { basic, deleteRequest, formRequest, jsonRequest } from '../../../apps/server/src/testing/process/request.ts'
import type { Credentials, Person } from '../../../apps/server/src/testing/process/server-run.ts'
import type { TokenSet } from './recorder.ts'

/** An answer that the contract does not give to this request, or none that a client could go on with. */
export class UnexpectedAnswer extends Error {
  constructor(what: string, { status, body }: Answer) {
    super(`${what} was answered ${status} ${body.slice(0, 200)}`)
    this.name = 'UnexpectedAnswer'
  }
}

/**
 * The operations that the campaign uses, over one connection. Each resolves when it was acknowledged.
 *
 * @throws ConnectionLost, UnexpectedAnswer
 */
export class Calls {
  readonly #endpoint: Endpoint
  readonly #connection: Connection
  readonly #headers: Readonly<Record<string, string>>

  private constructor(endpoint: Endpoint, connection: Connection, address: string) {
    this.#endpoint = endpoint
    this.#connection = connection
    // Logins that a kill cuts short stay counted as guesses. Whoever logs in 200 times between crashes is many callers.
    this.#headers = { 'x-forwarded-for': address }
  }

  /** @param address Whom the server takes the caller for. */
  static async open(endpoint: Endpoint, address: string): Promise<Calls> {
    return new Calls(endpoint, await Connection.open(endpoint), address)
  }

  close(): void {
    this.#connection.close()
  }

  async login(person: Person): Promise<TokenSet> {
    return this.#acknowledged('a login', jsonRequest(this.#endpoint, '/v1/sessions', person, this.#headers))
  }

  /** Nothing if the refresh was refused. */
  async refresh(refresh_token: string, retryKey?: string): Promise<TokenSet | undefined> {
    const headers = { ...this.#headers, ...(retryKey === undefined ? {} : { 'idempotency-key': retryKey }) }
    const request = jsonRequest(this.#endpoint, '/v1/sessions/refresh', { refresh_token }, headers)
    const answer = await this.#connection.exchange(request)
    if (answer.status === 401) return undefined
    if (answer.status !== 200) throw new UnexpectedAnswer('a refresh', answer)
    return JSON.parse(answer.body)
  }

  async issue(client: Credentials): Promise<string> {
    const form = { grant_type: 'client_credentials' }
    const tokens = await this.#acknowledged<TokenSet>('an issue', this.#asClient('/oauth2/token', form, client))
    return tokens.access_token
  }

  async revokeToken(token: string, client: Credentials): Promise<void> {
    await this.#acknowledged('a revocation', this.#asClient('/oauth2/revoke', { token }, client))
  }

  /** By its access token: what a person's log-out does. */
  async endSession(accessToken: string): Promise<void> {
    const headers = { ...this.#headers, authorization: `Bearer ${accessToken}` }
    await this.#acknowledged('a log-out', deleteRequest(this.#endpoint, '/v1/sessions/current', headers))
  }

  /** By its refresh token (RFC 7009), from the public first-party client. */
  async revokeSession(refreshToken: string): Promise<void> {
    const form = { token: refreshToken, client_id: 'countersign' }
    await this.#acknowledged('a revocation', formRequest(this.#endpoint, '/oauth2/revoke', form, this.#headers))
  }

  async isActive(token: string, client: Credentials): Promise<boolean> {
    const request = this.#asClient('/oauth2/introspect', { token }, client)
    return (await this.#acknowledged<{ active: boolean }>('an introspection', request)).active
  }

  #asClient(path: string, form: Readonly<Record<string, string>>, { id, secret }: Credentials): string {
    return formRequest(this.#endpoint, path, form, { ...this.#headers, authorization: basic(id, secret) })
  }

  async #acknowledged<T>(what: string, request: string): Promise<T> {
    const answer = await this.#connection.exchange(request)
    if (answer.status < 200 || answer.status > 299) throw new UnexpectedAnswer(what, answer)
    return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T
  }
}
