import type { AuditEvent, ClientCredential } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { positional, rowOf, statement } from '../schema/statement.ts'
import { nextPlace } from '../sequences/creation-order.ts'
import { type CredentialRow, credentialColumns, credentialFrom, credentialRow } from './client-row.ts'

/*
 * The secrets of registered software, as digests. Ending one raises its client's epoch: every token got with any of the
 * client's secrets dies with that one row, since no token says with which secret it was got.
 */

export const storeCredential = (execute: Executor, credential: ClientCredential): Promise<number> =>
  execute.run(insertCredential, credentialRow(credential))

export const addCredential = async (
  execute: Executor,
  credential: ClientCredential,
  audit: AuditEvent,
): Promise<void> => {
  await storeCredential(execute, credential)
  await writeAudit(execute, audit)
}

export const revokeCredential = async (execute: Executor, id: string, at: number, audit: AuditEvent) => {
  if ((await execute.run(revokeSecret, { id, at })) === 0) return 'unchanged'
  await execute.run(raiseEpochOf, { credentialId: id })
  await writeAudit(execute, audit)
  return 'revoked'
}

/** The old ones stay listed, as revoked when the new one was made. */
export const replaceCredentials = async (execute: Executor, credential: ClientCredential, audit: AuditEvent) => {
  const { clientId, createdAt } = credential
  if ((await execute.run(raiseEpoch, { clientId })) === 0) return 'unknown'
  await execute.run(revokeSecretsOf, { clientId, at: createdAt })
  await storeCredential(execute, credential)
  await writeAudit(execute, audit)
  return 'replaced'
}

/** Tokens that it was exchanged for live to their own end: this is an end in time, not a revocation. */
export const expireCredential = async (execute: Executor, id: string, expiresAt: number, audit: AuditEvent) => {
  if ((await execute.run(bringEndForward, { id, expiresAt })) === 0) return 'unchanged'
  await writeAudit(execute, audit)
  return 'changed'
}

export const listCredentials = positional<{ clientId: string }>()(
  (db, slots) =>
    db
      .selectFrom('client_credentials')
      .select(credentialColumns)
      .where('client_id', '=', slots.clientId)
      .orderBy('sequence')
      .orderBy('id'),
  (row) => credentialFrom(row),
)

const insertCredential = statement<CredentialRow>()((db, slots) =>
  db
    .insertInto('client_credentials')
    .values({ ...rowOf(slots, credentialColumns), sequence: nextPlace('client_credentials') }),
)

const revokeSecret = statement<{ id: string; at: number }>()((db, slots) =>
  db
    .updateTable('client_credentials')
    .set({ revoked_at: slots.at })
    .where('id', '=', slots.id)
    .where('revoked_at', 'is', null),
)

const revokeSecretsOf = statement<{ clientId: string; at: number }>()((db, slots) =>
  db
    .updateTable('client_credentials')
    .set({ revoked_at: slots.at })
    .where('client_id', '=', slots.clientId)
    .where('revoked_at', 'is', null),
)

const bringEndForward = statement<{ id: string; expiresAt: number }>()((db, slots) =>
  db
    .updateTable('client_credentials')
    .set({ expires_at: slots.expiresAt })
    .where('id', '=', slots.id)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', slots.expiresAt)])),
)

const raiseEpoch = statement<{ clientId: string }>()((db, slots) =>
  db
    .updateTable('clients')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', slots.clientId),
)

const raiseEpochOf = statement<{ credentialId: string }>()((db, slots) =>
  db
    .updateTable('clients')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', 'in', (eb) =>
      eb.selectFrom('client_credentials').select('client_id').where('id', '=', slots.credentialId),
    ),
)
