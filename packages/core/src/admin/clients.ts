import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import type { AuditAction, AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { pagesOf } from '../model/pages.ts'
import type { Client, ClientCredential } from '../model/principals/client.ts'
import { isClientName } from '../model/principals/client-name.ts'
import type { ClientPage } from '../ports/store/clients.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import {
  type ChangedClient,
  clientTargets,
  type IssuedCredential,
  type NewClient,
  newClient,
  newCredential,
} from './new-client.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random' | 'issuer'>

/**
 * Registered clients, as the owner manages them. Every change works at once, for every token that they hold, and throws AuthError
 * `token_invalid` if the caller's Authorization has ended.
 */
export class Clients {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * Registers a client with its first secret, which is shown once.
   *
   * @throws AuthError `client_name_invalid`, `client_name_taken`, `api_unknown`.
   */
  async create(given: NewClient, by: Caller): Promise<IssuedCredential> {
    if (!isClientName(given.name)) throw new AuthError('client_name_invalid')
    const client = newClient(given, await clientTargets(given.apis, this.#deps), this.#deps)
    const { credential, secret } = newCredential(client.id, given.secretLifetimeSeconds, this.#deps)
    const event = this.#event('client_created', client.id, by, { role: client.role })
    const outcome = written(await this.#deps.store.clients.create(client, credential, event, this.#on(by)))
    if (outcome === 'name_taken') throw new AuthError('client_name_taken')
    return { client, credential, secret }
  }

  /**
   * A new access key of an account. An account is a client, by name: one that does not exist is created, as a viewer; of one
   * that exists, the earlier keys become inactive and the tokens issued for them end. One commit.
   *
   * @param given `expiresInSeconds`: default is never.
   * @returns Besides, whether it replaced earlier keys.
   * @throws AuthError `client_unknown` if the client is disabled; `client_name_invalid`.
   */
  async createAccessKey(
    given: { readonly account: string; readonly expiresInSeconds?: number | undefined },
    by: Caller,
  ): Promise<IssuedCredential & { readonly replaced: boolean }> {
    const { account: name, expiresInSeconds } = given
    const found = await this.#deps.store.clients.findByName(name)
    if (found) return { ...(await this.#replaceSecret(found, expiresInSeconds, by)), replaced: true }
    return { ...(await this.create({ name, secretLifetimeSeconds: expiresInSeconds }, by)), replaced: false }
  }

  /** @throws AuthError `not_found`. */
  async get(id: string): Promise<Client> {
    const client = await this.#deps.store.clients.find(id)
    if (!client) throw new AuthError('not_found')
    return client
  }

  /** One that can be given tokens. @throws AuthError `client_unknown`, also for one that is disabled. */
  async getEnabled(id: string): Promise<Client> {
    const client = await this.#deps.store.clients.find(id)
    if (!client || client.disabledAt !== undefined) throw new AuthError('client_unknown')
    return client
  }

  /** @throws AuthError `client_unknown`. */
  async getByName(name: string): Promise<Client> {
    const client = await this.#deps.store.clients.findByName(name)
    if (!client) throw new AuthError('client_unknown')
    return client
  }

  /** In the order of creation. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<ClientPage> {
    return this.#deps.store.clients.list(page)
  }

  /**
   * The first so many, for wires that know no pages.
   *
   * @param most How many at most.
   */
  async listAll(most: number): Promise<readonly Client[]> {
    const found: Client[] = []
    const list = (after: string | undefined) => this.list({ limit: Math.min(200, most - found.length), after })
    for await (const { clients } of pagesOf(list)) {
      found.push(...clients)
      if (found.length >= most) break
    }
    return found
  }

  /**
   * Changes the APIs that a client may ask for tokens for, or disables or enables it, in one commit. With other APIs, and when it is
   * disabled, its tokens end: they stay dead when it is enabled.
   *
   * @throws AuthError `not_found`, `api_unknown`.
   */
  async change({ id, apis, disabled }: ChangedClient, by: Caller): Promise<void> {
    const targets = apis && (await clientTargets(apis, this.#deps))
    const named = apis && { apis: apis.map(({ identifier }) => identifier).join(' ') }
    const event = this.#event('client_changed', id, by, { ...named, ...(disabled !== undefined && { disabled }) })
    const disabledAt = disabled === undefined ? undefined : disabled ? this.#deps.clock.now() : null
    refuseUnmet(written(await this.#deps.store.clients.change(id, { targets, disabledAt }, event, this.#on(by))))
  }

  /** @throws AuthError `not_found`. */
  disable(id: string, by: Caller): Promise<void> {
    return this.change({ id, disabled: true }, by)
  }

  /** What it held before stays dead. @throws AuthError `not_found`. */
  enable(id: string, by: Caller): Promise<void> {
    return this.change({ id, disabled: false }, by)
  }

  /** The client, its secrets and every token. @throws AuthError `not_found`. */
  async remove(id: string, by: Caller): Promise<void> {
    const event = this.#event('client_deleted', id, by)
    refuseUnmet(written(await this.#deps.store.clients.remove(id, event, this.#on(by))))
  }

  /** Expired and revoked ones too, oldest first. @throws AuthError `not_found`. */
  async listCredentials(clientId: string): Promise<readonly ClientCredential[]> {
    await this.get(clientId)
    return this.#deps.store.clients.listCredentials(clientId)
  }

  /**
   * A new secret in place of the old ones. Every token issued for them ends in the same commit.
   *
   * @param given `expiresInSeconds`: `undefined`: without end.
   * @throws AuthError `not_found`, `client_unknown` if it is disabled.
   */
  async replaceSecret(
    { clientId, expiresInSeconds }: { readonly clientId: string; readonly expiresInSeconds?: number | undefined },
    by: Caller,
  ): Promise<IssuedCredential> {
    return this.#replaceSecret(await this.get(clientId), expiresInSeconds, by)
  }

  async #replaceSecret(client: Client, expiresInSeconds: number | undefined, by: Caller): Promise<IssuedCredential> {
    if (client.disabledAt !== undefined) throw new AuthError('client_unknown')
    const { credential, secret } = newCredential(client.id, expiresInSeconds, this.#deps)
    const event = this.#event('credential_created', client.id, by)
    const outcome = written(await this.#deps.store.clients.replaceCredentials(credential, event, this.#on(by)))
    if (outcome === 'unknown') throw new AuthError('client_unknown')
    return { client, credential, secret }
  }

  /**
   * Brings the end of a secret forward. Never backward: then it stays as it is.
   *
   * @throws AuthError `not_found`, also for another client's.
   */
  async expireCredential(
    { clientId, id, expiresInSeconds }: CredentialOf & { readonly expiresInSeconds: number },
    by: Caller,
  ): Promise<ClientCredential> {
    await this.#credential({ clientId, id })
    const expiresAt = this.#deps.clock.now() + expiresInSeconds
    const event = this.#event('client_changed', clientId, by, { credential: id, expiresAt })
    written(await this.#deps.store.clients.expireCredential(id, expiresAt, event, this.#on(by)))
    return this.#credential({ clientId, id })
  }

  /**
   * Revokes a secret, and every token of its client. Idempotent.
   *
   * @throws AuthError `not_found`, also for another client's.
   */
  async revokeCredential({ clientId, id }: CredentialOf, by: Caller): Promise<void> {
    await this.#credential({ clientId, id })
    const event = this.#event('credential_revoked', clientId, by, { credential: id })
    written(await this.#deps.store.clients.revokeCredential(id, this.#deps.clock.now(), event, this.#on(by)))
  }

  async #credential({ clientId, id }: CredentialOf): Promise<ClientCredential> {
    const found = (await this.#deps.store.clients.listCredentials(clientId)).find((credential) => credential.id === id)
    if (!found) throw new AuthError('not_found')
    return found
  }

  #on(by: Caller): WriteCondition {
    return conditionOn(undefined, by, this.#deps)
  }

  #event(action: AuditAction, id: string, by: Caller, detail?: AuditEvent['detail']): AuditEvent {
    return auditEvent({ action, subject: { kind: 'client', id }, detail }, by, this.#deps)
  }
}

/** A secret by its id, and whose it has to be. */
export interface CredentialOf {
  readonly clientId: string
  readonly id: string
}

function refuseUnmet(outcome: 'changed' | 'unknown'): void {
  if (outcome === 'unknown') throw new AuthError('not_found')
}
