import type { AuditEvent } from '../../model/audit-event.ts'
import type { Client, ClientCredential } from '../../model/principals/client.ts'
import type { Unmet, WriteCondition } from './condition.ts'

export interface CredentialRecord {
  readonly client: Client
  readonly credential: ClientCredential
}

/**
 * Registered clients and their secrets. `on`: nothing is written if the condition is not met. Default is none.
 *
 * `create` is alone on the order of clients, `remove` on the client. The others decide by a conditional write.
 */
export interface Clients {
  find(id: string): Promise<Client | undefined>
  /** One read by the whole digest (S8): the credential and its client. */
  findBySecret(secretDigest: Uint8Array): Promise<CredentialRecord | undefined>
  create(
    client: Client,
    credential: ClientCredential,
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'created' | 'name_taken' | Unmet>
  addCredential(credential: ClientCredential, audit: AuditEvent): Promise<void>
  /** Revokes one secret and raises the client's epoch: every token got with any of its secrets dies (one row each). */
  revokeCredential(
    id: string,
    at: number,
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'revoked' | 'unchanged' | Unmet>
  findByName(name: string): Promise<Client | undefined>
  /** The client whose id it is, or else the one whose name it is. Always read, so that the time does not tell who was looked for before. */
  findByIdOrName(account: string): Promise<Client | undefined>
  /** In the order of creation. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<ClientPage>
  /** The ids of the APIs that some client may exchange tokens for that it received. One read, which is remembered until a commit. */
  listExchangeTargets(): Promise<readonly string[]>
  /** Every secret that the client ever had and that was not removed: expired and revoked ones too. Oldest first. */
  listCredentials(clientId: string): Promise<readonly ClientCredential[]>
  /**
   * A new secret in place of the old ones: they are revoked and the client's epoch rises, in the same commit.
   */
  replaceCredentials(
    credential: ClientCredential,
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'replaced' | 'unknown' | Unmet>
  /** Brings the end of a secret forward (or sets one). Never backward: an expired one stays expired. */
  expireCredential(
    id: string,
    expiresAt: number,
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'changed' | 'unchanged' | Unmet>
  /** One commit. New targets, or disabling, raise the epoch: every token of the client is dead. */
  change(
    id: string,
    change: ClientChange,
    audit: AuditEvent,
    on?: WriteCondition,
  ): Promise<'changed' | 'unknown' | Unmet>
  /** The client, its secrets and whatever was granted to it or through it are gone. */
  remove(id: string, audit: AuditEvent, on?: WriteCondition): Promise<'changed' | 'unknown' | Unmet>
}

/** What is absent stays as it is. */
export interface ClientChange {
  /** What it may ask for from now on. */
  readonly targets?: Pick<Client, 'scope' | 'apis'> | undefined
  /** Epoch seconds; `null` enables it. A client that is disabled already keeps its time. */
  readonly disabledAt?: number | null | undefined
}

export interface ClientPage {
  readonly clients: readonly Client[]
  readonly next: string | undefined
}
