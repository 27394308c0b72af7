import type { AuditEvent, Client, ClientCredential, Clients, CredentialRecord } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { bytes, fromJson, integer, optionalInteger, orNull, toJson } from '../column.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { rowOf, statement } from '../engine/statement.ts'
import { writeAudit } from '../operation/audit.ts'
import type { ClientCredentialsTable, ClientsTable } from '../schema.ts'

/** Registered software on SQL, and the digests of its secrets. */
export const clientsOn = (engine: Engine): Clients => ({
  find: async (id) => {
    const row = await engine.read.first(findById, { id })
    return row && clientFrom(row)
  },
  findBySecret: async (secretDigest) => {
    const row = await engine.read.first(findBySecret, { secretDigest })
    return row && recordFrom(row)
  },
  create: (client, credential, audit) => engine.write((execute) => create(execute, client, credential, audit)),
  addCredential: (credential, audit) =>
    engine.write(async (execute) => {
      await execute.run(insertCredential, credentialRow(credential))
      await writeAudit(execute, audit)
    }),
  revokeCredential: (id, at, audit) =>
    engine.write(async (execute) => {
      if ((await execute.run(revokeSecret, { id, at })) === 0) return 'unchanged'
      await execute.run(raiseEpochOf, { credentialId: id })
      await writeAudit(execute, audit)
      return 'revoked'
    }),
})

const create = async (execute: Executor, client: Client, credential: ClientCredential, audit: AuditEvent) => {
  if ((await execute.run(insertClient, clientRow(client))) === 0) {
    if (await execute.first(findByName, { name: client.name })) return 'name_taken'
    throw new StoreError('conflict', new Error('a client of this id exists'))
  }
  await execute.run(insertCredential, credentialRow(credential))
  await writeAudit(execute, audit)
  return 'created'
}

const findById = statement<{ id: string }>()((db, slots) =>
  db.selectFrom('clients').selectAll().where('id', '=', slots.id),
)

const findByName = statement<{ name: string }>()((db, slots) =>
  db.selectFrom('clients').select('id').where('name', '=', slots.name),
)

const findBySecret = statement<{ secretDigest: Uint8Array }>()((db, slots) =>
  db
    .selectFrom('client_credentials')
    .innerJoin('clients', 'clients.id', 'client_credentials.client_id')
    .selectAll('clients')
    .select([
      'client_credentials.id as credential_id',
      'client_credentials.secret_digest',
      'client_credentials.created_at as credential_created_at',
      'client_credentials.expires_at',
      'client_credentials.revoked_at',
    ])
    .where('client_credentials.secret_digest', '=', slots.secretDigest),
)

const clientColumns = [
  ...(['id', 'name', 'role', 'audience', 'scope', 'token_form', 'access_lifetime_seconds'] as const),
  ...(['reuse_leeway_seconds', 'created_at', 'disabled_at', 'epoch'] as const),
]

const insertClient = statement<ClientsTable>()((db, slots) =>
  db
    .insertInto('clients')
    .values(rowOf(slots, clientColumns))
    .onConflict((conflict) => conflict.doNothing()),
)

const insertCredential = statement<ClientCredentialsTable>()((db, slots) =>
  db
    .insertInto('client_credentials')
    .values(rowOf(slots, ['id', 'client_id', 'secret_digest', 'created_at', 'expires_at', 'revoked_at'])),
)

const revokeSecret = statement<{ id: string; at: number }>()((db, slots) =>
  db
    .updateTable('client_credentials')
    .set({ revoked_at: slots.at })
    .where('id', '=', slots.id)
    .where('revoked_at', 'is', null),
)

/** Every token got with any of the client's secrets dies with one row written. */
const raiseEpochOf = statement<{ credentialId: string }>()((db, slots) =>
  db
    .updateTable('clients')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', 'in', (eb) =>
      eb.selectFrom('client_credentials').select('client_id').where('id', '=', slots.credentialId),
    ),
)

const clientFrom = (row: ClientsTable): Client => ({
  id: row.id,
  name: row.name,
  role: row.role,
  audience: fromJson<Client['audience']>(row.audience),
  scope: fromJson<Client['scope']>(row.scope),
  tokenForm: row.token_form,
  accessLifetimeSeconds: optionalInteger(row.access_lifetime_seconds),
  reuseLeewaySeconds: integer(row.reuse_leeway_seconds),
  createdAt: integer(row.created_at),
  disabledAt: optionalInteger(row.disabled_at),
  epoch: integer(row.epoch),
})

type CredentialRow = ClientsTable &
  Pick<ClientCredentialsTable, 'secret_digest' | 'expires_at' | 'revoked_at'> & {
    credential_id: string
    credential_created_at: number
  }

const recordFrom = (row: CredentialRow): CredentialRecord => ({
  client: clientFrom(row),
  credential: {
    id: row.credential_id,
    clientId: row.id,
    secretDigest: bytes(row.secret_digest),
    createdAt: integer(row.credential_created_at),
    expiresAt: optionalInteger(row.expires_at),
    revokedAt: optionalInteger(row.revoked_at),
  },
})

const clientRow = (client: Client): ClientsTable => ({
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
})

const credentialRow = (credential: ClientCredential): ClientCredentialsTable => ({
  id: credential.id,
  client_id: credential.clientId,
  secret_digest: credential.secretDigest,
  created_at: credential.createdAt,
  expires_at: orNull(credential.expiresAt),
  revoked_at: orNull(credential.revokedAt),
})
