// What the campaign asks the server for, on connections of its own that no fault meets.
import { basic, type Credentials } from '@countersign/server/testing/process'
import { goodPassword } from '../campaign/server.ts'

export const resource = 'https://orders.example'
export const scopes = [
  { name: 'orders:read', description: 'See orders.' },
  { name: 'orders:write', description: 'Change orders.', least_role: 'manager' },
]

/** The server ended before its answer: whether the request was carried out is unknown. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
}

export interface SessionTokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** Each call resolves when the server has acknowledged it. @throws Unanswered */
export class Owner {
  readonly #url: string
  readonly #username: string
  #session: string | undefined

  constructor(url: string, username: string) {
    this.#url = url
    this.#username = username
  }

  /** As the owner. Where the owner's session has ended, a new one begins. */
  async ask<Body>(method: string, path: string, body?: object): Promise<Body> {
    for (let attempt = 0; ; attempt++) {
      this.#session ??= (await this.logIn(this.#username)).access_token
      const headers = { authorization: `Bearer ${this.#session}`, 'content-type': 'application/json' }
      const response = await this.#send(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      if (response.status === 401 && attempt === 0) {
        this.#session = undefined
        continue
      }
      return read(response, `${method} ${path}`)
    }
  }

  async logIn(username: string, api?: string): Promise<SessionTokens> {
    const body = JSON.stringify({ username, password: goodPassword, ...(api ? { resource: api } : {}) })
    const headers = { 'content-type': 'application/json' }
    return read(await this.#send('/v1/sessions', { method: 'POST', headers, body }), 'a login')
  }

  async form<Body>(path: string, fields: Record<string, string>, client?: Credentials): Promise<Body> {
    const headers = client ? { authorization: basic(client.id, client.secret) } : {}
    return read(await this.#send(path, { method: 'POST', headers, body: new URLSearchParams(fields) }), path)
  }

  /** The keys that the server publishes. */
  async keyIds(): Promise<readonly string[]> {
    const { keys } = await read<{ keys: { kid: string }[] }>(await this.#send('/oauth2/jwks', {}), 'the keys')
    return keys.map(({ kid }) => kid)
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#url + path, init)
    } catch (error) {
      throw new Unanswered('the server did not answer', { cause: error })
    }
  }
}

async function read<Body>(response: Response, what: string): Promise<Body> {
  const text = await response.text().catch((error) => {
    throw new Unanswered('the answer is not complete', { cause: error })
  })
  if (response.status === 503) throw new Unanswered(`${what} was answered 503`)
  if (!response.ok) throw new Error(`${what} was answered ${response.status} ${text.slice(0, 200)}`)
  return (text === '' ? undefined : JSON.parse(text)) as Body
}
