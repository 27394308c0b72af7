// What one caller asks of one of the servers, over one connection, as operations of a history.
import { Connection, type Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import {
  basic,
  deleteRequest,
  formRequest,
  getRequest,
  jsonRequest,
} from '../../../apps/server/src/testing/process/request.ts'
import type { Credentials, Person } from '../../../apps/server/src/testing/process/server-run.ts'

/** An answer that the contract does not give to this request. */
export class UnexpectedAnswer extends Error {
  constructor(what: string, status: number, body: string) {
    super(`${what} was answered ${status} ${body.slice(0, 200)}`)
    this.name = 'UnexpectedAnswer'
  }
}

/** Two tokens, as texts. */
export interface Pair {
  readonly refresh: string
  readonly access: string
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The public first-party client of the OAuth endpoints. */
const publicClient = { client_id: 'countersign' }

export class Calls {
  readonly #endpoint: Endpoint
  readonly #connection: Connection
  /** Looks tokens up. */
  readonly #watcher: Credentials

  private constructor(endpoint: Endpoint, connection: Connection, watcher: Credentials) {
    this.#endpoint = endpoint
    this.#connection = connection
    this.#watcher = watcher
  }

  static async open(endpoint: Endpoint, watcher: Credentials): Promise<Calls> {
    return new Calls(endpoint, await Connection.open(endpoint), watcher)
  }

  close(): void {
    this.#connection.close()
  }

  /** @param address Whom the server takes the caller for. */
  async logIn(person: Person, address: string): Promise<Pair> {
    const message = jsonRequest(this.#endpoint, '/v1/sessions', person, { 'x-forwarded-for': address })
    const { body } = await this.#exchange('a login', message, [201])
    return pairIn(body)
  }

  /** @returns Nothing if it was refused. */
  async refresh(token: string, key: string | undefined, path: 'native' | 'oauth'): Promise<Pair | undefined> {
    const headers: Readonly<Record<string, string>> = key === undefined ? {} : { 'idempotency-key': key }
    const form = { grant_type: 'refresh_token', refresh_token: token, ...publicClient }
    const message =
      path === 'native'
        ? jsonRequest(this.#endpoint, '/v1/sessions/refresh', { refresh_token: token }, headers)
        : formRequest(this.#endpoint, '/oauth2/token', form, headers)
    const refused = path === 'native' ? 401 : 400
    const { status, body } = await this.#exchange(`a refresh (${path})`, message, [200, refused])
    return status === 200 ? pairIn(body) : undefined
  }

  /** @param token A refresh token of the family, used or not. */
  async revoke(token: string): Promise<void> {
    const message = formRequest(this.#endpoint, '/oauth2/revoke', { token, ...publicClient })
    await this.#exchange('a revocation', message, [200])
  }

  /** @returns Whether anything was ended. */
  async logOut(access: string): Promise<boolean> {
    const message = deleteRequest(this.#endpoint, '/v1/sessions/current', bearer(access))
    return (await this.#exchange('a log-out', message, [204, 401])).status === 204
  }

  /** @returns Whether the token is accepted. */
  async look(access: string, path: 'native' | 'oauth'): Promise<boolean> {
    if (path === 'native') {
      const message = getRequest(this.#endpoint, '/v1/me', bearer(access))
      return (await this.#exchange('a look', message, [200, 401])).status === 200
    }
    const { id, secret } = this.#watcher
    const headers = { authorization: basic(id, secret) }
    const message = formRequest(this.#endpoint, '/oauth2/introspect', { token: access }, headers)
    const { body } = await this.#exchange('an introspection', message, [200])
    return JSON.parse(body).active === true
  }

  async #exchange(what: string, message: string, expected: readonly number[]) {
    const answer = await this.#connection.exchange(message)
    if (!expected.includes(answer.status)) throw new UnexpectedAnswer(what, answer.status, answer.body)
    return answer
  }
}

function pairIn(body: string): Pair {
  const { refresh_token: refresh, access_token: access } = JSON.parse(body)
  return { refresh: String(refresh), access: String(access) }
}
