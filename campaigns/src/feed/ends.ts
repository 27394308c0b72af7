// Whatever ends tokens, and what changes them without an end, by the operations of the server.
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerRun } from '@countersign/server/testing/process'
import { goodPassword } from '../campaign/server.ts'
import { type Owner, resource, type SessionTokens, scopes } from './owner.ts'
import type { IssuedToken, Tokens } from './tokens.ts'

export const acts = [
  'logout',
  'token-revoked',
  'user-disabled',
  'user-removed',
  'role-lowered',
  'client-disabled',
  'client-removed',
  'api-changed',
  'keys-revoked',
] as const

export type Act = (typeof acts)[number]

/** The operations on one server, and what they do to the tokens. */
export class Ends {
  readonly #server: ServerRun
  readonly #owner: Owner
  readonly #tokens: Tokens
  readonly #apiId: string
  #made = 0

  constructor(server: ServerRun, owner: Owner, tokens: Tokens, apiId: string) {
    this.#server = server
    this.#owner = owner
    this.#tokens = tokens
    this.#apiId = apiId
  }

  /** Makes a user with a session. */
  async addSession(): Promise<IssuedToken> {
    const username = `user${++this.#made}`
    const user = { username, role: 'manager', password: goodPassword }
    const { id: userId } = await this.#owner.ask<{ id: string }>('POST', '/v1/users', user)
    const { access_token: text, refresh_token: refresh } = await this.#owner.logIn(username, resource)
    return this.#tokens.add({ text, refresh, userId })
  }

  /** Makes a client with two tokens. */
  async addClient(): Promise<IssuedToken> {
    const body = { name: `client${++this.#made}`, apis: [{ identifier: resource, scope: 'orders:read' }] }
    const made = await this.#owner.ask<CreatedClient>('POST', '/v1/clients', body)
    const client = { id: made.client.id, secret: made.credential.secret }
    const fields = { grant_type: 'client_credentials', resource }
    const issue = async () =>
      this.#tokens.add({
        text: (await this.#owner.form<SessionTokens>('/oauth2/token', fields, client)).access_token,
        client,
      })
    await issue()
    return issue()
  }

  /** What is acknowledged when it resolves. @throws Unanswered */
  async act(act: Act): Promise<void> {
    const byUser = ({ userId }: IssuedToken) => userId !== undefined
    const byClient = ({ client }: IssuedToken) => client !== undefined
    const owner = this.#owner
    const ofUser = async (end: (id: string) => Promise<unknown>) => {
      const { userId = '' } = await this.#one(byUser, () => this.addSession())
      return this.#end(
        act,
        (token) => token.userId === userId,
        () => end(userId),
      )
    }
    const ofClient = async (end: (id: string) => Promise<unknown>) => {
      const { client } = await this.#one(byClient, () => this.addClient())
      return this.#end(
        act,
        (token) => token.client?.id === client?.id,
        () => end(client?.id ?? ''),
      )
    }
    switch (act) {
      case 'logout': {
        const token = await this.#one(byUser, () => this.addSession())
        const fields = { token: token.refresh ?? '', client_id: 'countersign' }
        return this.#end(
          act,
          (one) => one === token,
          () => owner.form('/oauth2/revoke', fields),
        )
      }
      case 'token-revoked': {
        const token = await this.#one(byClient, () => this.addClient())
        const revoke = () => owner.form('/oauth2/revoke', { token: token.text }, token.client)
        return this.#end(act, (one) => one === token, revoke)
      }
      case 'user-disabled':
        return ofUser((id) => owner.ask('PATCH', `/v1/users/${id}`, { disabled: true }))
      case 'user-removed':
        return ofUser((id) => owner.ask('DELETE', `/v1/users/${id}`))
      case 'client-disabled':
        return ofClient((id) => owner.ask('PATCH', `/v1/clients/${id}`, { disabled: true }))
      case 'client-removed':
        return ofClient((id) => owner.ask('DELETE', `/v1/clients/${id}`))
      case 'role-lowered': {
        // The token stays good, for what the role still permits.
        const { userId } = await this.#one(byUser, () => this.addSession())
        await owner.ask('PATCH', `/v1/users/${userId}`, { role: 'viewer' })
        return
      }
      case 'api-changed':
        // Tokens stay good, for what the API still has.
        await owner.ask('PATCH', `/v1/apis/${this.#apiId}`, { scopes: scopes.slice(0, 1) })
        await owner.ask('PATCH', `/v1/apis/${this.#apiId}`, { scopes })
        return
      case 'keys-revoked':
        return this.#end(
          act,
          () => true,
          () => this.#revokeKeys(),
        )
    }
  }

  /** The server reads the key sets again every 2 s. Until then it signs, and introspects, with those that are revoked. */
  async #revokeKeys(): Promise<void> {
    const before = await this.#owner.keyIds()
    await this.#server.json(['keys', 'revoke', '--all'])
    while ((await this.#owner.keyIds()).some((kid) => before.includes(kid))) await pause(20)
  }

  /** Ends every token of the API. */
  removeApi(): Promise<void> {
    return this.#end(
      'api-removed',
      () => true,
      () => this.#owner.ask('DELETE', `/v1/apis/${this.#apiId}`),
    )
  }

  #end(by: string, isOne: (token: IssuedToken) => boolean, work: () => Promise<unknown>): Promise<void> {
    return this.#tokens.ending(this.#tokens.live.filter(isOne), by, work)
  }

  /** The first live token of that kind; if there is none, it is made. */
  async #one(isOne: (token: IssuedToken) => boolean, make: () => Promise<IssuedToken>): Promise<IssuedToken> {
    return this.#tokens.live.find(isOne) ?? (await make())
  }
}

interface CreatedClient {
  readonly client: { readonly id: string }
  readonly credential: { readonly secret: string }
}
