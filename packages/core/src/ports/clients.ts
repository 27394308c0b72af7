import type { Client, ClientCredential } from '../principals/client.ts'
import type { AuditEvent } from './audit.ts'

export interface CredentialRecord {
  readonly client: Client
  readonly credential: ClientCredential
}

/** Registered software and its secrets. */
export interface Clients {
  find(id: string): Promise<Client | undefined>
  /** One read by the whole digest (S8): the credential and its client. */
  findBySecret(secretDigest: Uint8Array): Promise<CredentialRecord | undefined>
  create(client: Client, credential: ClientCredential, audit: AuditEvent): Promise<'created' | 'name_taken'>
  addCredential(credential: ClientCredential, audit: AuditEvent): Promise<void>
  /** Revokes one secret and raises the client's epoch: every token got with any of its secrets dies (one row each). */
  revokeCredential(id: string, at: number, audit: AuditEvent): Promise<'revoked' | 'unchanged'>
}
