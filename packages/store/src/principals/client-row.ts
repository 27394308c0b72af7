import type { Client, ClientCredential } from '@countersign/core'
import type { Column } from '../engine/statement.ts'
import { bytes, fromJson, integer, optionalInteger, optionalText, orNull, text, toJson } from '../schema/column.ts'
import type { ClientCredentialsTable, ClientsTable } from '../schema/schema.ts'

export type ClientRow = Omit<ClientsTable, 'sequence'>
export type CredentialRow = Omit<ClientCredentialsTable, 'sequence'>

/** The select list of a client. `clientFrom` reads by these positions: change both together. */
export const clientColumns = [
  ...(['id', 'name', 'role', 'audience', 'scope', 'token_form', 'access_lifetime_seconds'] as const),
  ...(['reuse_leeway_seconds', 'created_at', 'disabled_at', 'epoch', 'type'] as const),
]

/** By position, as Authorizations are: every machine token that is issued begins with this read. */
export const clientFrom = (row: readonly Column[]): Client => ({
  id: text(row[0]),
  name: text(row[1]),
  role: text(row[2]) as Client['role'],
  audience: fromJson<Client['audience']>(text(row[3])),
  scope: fromJson<Client['scope']>(text(row[4])),
  tokenForm: text(row[5]) as Client['tokenForm'],
  accessLifetimeSeconds: optionalInteger(row[6]),
  reuseLeewaySeconds: integer(row[7]),
  createdAt: integer(row[8]),
  disabledAt: optionalInteger(row[9]),
  epoch: integer(row[10]),
  type: optionalText(row[11]),
})

/** The select list of a secret, likewise read by position. */
export const credentialColumns = [
  ...(['id', 'client_id', 'secret_digest', 'created_at', 'expires_at', 'revoked_at'] as const),
]

/** `first` is where the secret begins in a row that holds more. */
export const credentialFrom = (row: readonly Column[], first = 0): ClientCredential => ({
  id: text(row[first]),
  clientId: text(row[first + 1]),
  secretDigest: bytes(row[first + 2]),
  createdAt: integer(row[first + 3]),
  expiresAt: optionalInteger(row[first + 4]),
  revokedAt: optionalInteger(row[first + 5]),
})

export const clientRow = (client: Client): ClientRow => ({
  id: client.id,
  name: client.name,
  role: client.role,
  audience: toJson(client.audience),
  scope: toJson(client.scope),
  token_form: client.tokenForm,
  access_lifetime_seconds: orNull(client.accessLifetimeSeconds),
  reuse_leeway_seconds: client.reuseLeewaySeconds,
  created_at: client.createdAt,
  disabled_at: orNull(client.disabledAt),
  epoch: client.epoch,
  type: orNull(client.type),
})

export const credentialRow = (credential: ClientCredential): CredentialRow => ({
  id: credential.id,
  client_id: credential.clientId,
  secret_digest: credential.secretDigest,
  created_at: credential.createdAt,
  expires_at: orNull(credential.expiresAt),
  revoked_at: orNull(credential.revokedAt),
})
