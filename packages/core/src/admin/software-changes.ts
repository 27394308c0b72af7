import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import type { AuditAction, AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import { AuthError } from '../model/errors.ts'
import type { Client, ClientCredential } from '../model/principals/client.ts'
import type { ClientPage } from '../ports/store/clients.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import { replaceSecret } from './accounts.ts'
import type { Administrator } from './people-changes.ts'
import { createClient, type IssuedCredential, type NewClient } from './software.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random'>

/**
 * What the owner does to registered software. Every change works at once, for every token that it holds, and throws AuthError
 * `token_invalid` if the Authorization that asks has ended.
 */
export class Software {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** @throws AuthError `client_name_taken`. */
  create(given: NewClient, { actor, circumstances, asking }: Administrator): Promise<IssuedCredential> {
    return createClient(this.#deps, given, actor, circumstances, asking)
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
    let after: string | undefined
    do {
      const page = await this.list({ limit: Math.min(200, most - found.length), after })
      found.push(...page.clients)
      after = page.next
    } while (after !== undefined && found.length < most)
    return found
  }

  /** @throws AuthError `not_found`. */
  async disable(id: string, by: Administrator): Promise<void> {
    const event = this.#event('client_changed', id, by, { disabled: true })
    refuseUnmet(written(await this.#deps.store.clients.disable(id, this.#deps.clock.now(), event, this.#on(by))))
  }

  /** What it held before stays dead. @throws AuthError `not_found`. */
  async enable(id: string, by: Administrator): Promise<void> {
    const event = this.#event('client_changed', id, by, { disabled: false })
    refuseUnmet(written(await this.#deps.store.clients.enable(id, event, this.#on(by))))
  }

  /** The client, its secrets and every token. @throws AuthError `not_found`. */
  async remove(id: string, by: Administrator): Promise<void> {
    const event = this.#event('client_deleted', id, by)
    refuseUnmet(written(await this.#deps.store.clients.remove(id, event, this.#on(by))))
  }

  /** Expired and revoked ones too, oldest first. @throws AuthError `not_found`. */
  async listCredentials(clientId: string): Promise<readonly ClientCredential[]> {
    await this.get(clientId)
    return this.#deps.store.clients.listCredentials(clientId)
  }

  /**
   * A new secret in place of the old ones; see `replaceSecret`.
   *
   * @param expiresInSeconds Nothing for one without end.
   * @throws AuthError `not_found`, `client_unknown` if it is disabled.
   */
  async replaceSecret(
    clientId: string,
    expiresInSeconds: number | undefined,
    { actor, circumstances, asking }: Administrator,
  ): Promise<IssuedCredential> {
    return replaceSecret(this.#deps, await this.get(clientId), expiresInSeconds, actor, circumstances, asking)
  }

  /**
   * Brings the end of a secret forward. Never backward: then it stays as it is.
   *
   * @throws AuthError `not_found`, also for another client's.
   */
  async expireCredential(
    { clientId, id }: CredentialOf,
    expiresInSeconds: number,
    by: Administrator,
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
  async revokeCredential({ clientId, id }: CredentialOf, by: Administrator): Promise<void> {
    await this.#credential({ clientId, id })
    const event = this.#event('credential_revoked', clientId, by, { credential: id })
    written(await this.#deps.store.clients.revokeCredential(id, this.#deps.clock.now(), event, this.#on(by)))
  }

  async #credential({ clientId, id }: CredentialOf): Promise<ClientCredential> {
    const found = (await this.#deps.store.clients.listCredentials(clientId)).find((credential) => credential.id === id)
    if (!found) throw new AuthError('not_found')
    return found
  }

  #on({ asking }: Administrator): WriteCondition {
    return conditionOn(undefined, asking, this.#deps)
  }

  #event(
    action: AuditAction,
    id: string,
    { actor, circumstances }: Administrator,
    detail?: AuditEvent['detail'],
  ): AuditEvent {
    return auditEvent({ action, actor, subject: { kind: 'client', id }, detail }, circumstances, this.#deps)
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
