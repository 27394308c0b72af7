import type { AuditEvent, ClientCredential } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { writeWide } from '../revocations/write.ts'
import { integer, text } from '../schema/kind.ts'
import { insert, select, statement, update } from '../schema/statement.ts'
import { clientCredentials } from '../schema/tables.ts'
import { nextPlace } from '../sequences/creation-order.ts'

/*
 * The secrets of registered clients, as digests. Revoking one raises its client's epoch, which ends every token of the client:
 * no token says which secret it was issued for.
 */

export const addCredential = async (
  execute: Executor,
  credential: ClientCredential,
  audit: AuditEvent,
): Promise<void> => {
  await execute.run(insertCredential, credential)
  await writeAudit(execute, audit)
}

export const revokeCredential = async (execute: Executor, id: string, at: number, audit: AuditEvent) => {
  if ((await execute.run(revokeSecret, { id, at })) === 0) return 'unchanged'
  const clientId = await execute.first(raiseEpochOf, { credentialId: id })
  if (clientId !== undefined) await writeWide(execute, 'client', clientId, at)
  await writeAudit(execute, audit)
  return 'revoked'
}

/** The old ones stay listed as revoked at the time of the new one. */
export const replaceCredentials = async (execute: Executor, credential: ClientCredential, audit: AuditEvent) => {
  const { clientId, createdAt } = credential
  if ((await execute.run(raiseEpoch, { clientId })) === 0) return 'unknown'
  await writeWide(execute, 'client', clientId, audit.at)
  await execute.run(revokeSecretsOf, { clientId, at: createdAt })
  await execute.run(insertCredential, credential)
  await writeAudit(execute, audit)
  return 'replaced'
}

/** Tokens that it was exchanged for stay valid until they expire: this is an expiry, not a revocation. */
export const expireCredential = async (execute: Executor, id: string, expiresAt: number, audit: AuditEvent) => {
  if ((await execute.run(bringEndForward, { id, expiresAt })) === 0) return 'unchanged'
  await writeAudit(execute, audit)
  return 'changed'
}

export const listCredentials = select(clientCredentials, { clientId: text }, (rows, { clientId }) =>
  rows.where('client_id', '=', clientId).orderBy('sequence').orderBy('id'),
)

export const insertCredential = insert(clientCredentials, (into, values) =>
  into.values({ ...values, sequence: nextPlace('client_credentials') }),
)

const revokeSecret = update('client_credentials', { id: text, at: integer }, (rows, slots) =>
  rows.set({ revoked_at: slots.at }).where('id', '=', slots.id).where('revoked_at', 'is', null),
)

const revokeSecretsOf = update('client_credentials', { clientId: text, at: integer }, (rows, slots) =>
  rows.set({ revoked_at: slots.at }).where('client_id', '=', slots.clientId).where('revoked_at', 'is', null),
)

const bringEndForward = update('client_credentials', { id: text, expiresAt: integer }, (rows, slots) =>
  rows
    .set({ expires_at: slots.expiresAt })
    .where('id', '=', slots.id)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', slots.expiresAt)])),
)

const raiseEpoch = update('clients', { clientId: text }, (rows, slots) =>
  rows.set((eb) => ({ epoch: eb('epoch', '+', 1) })).where('id', '=', slots.clientId),
)

/** Returns the client's id. */
const raiseEpochOf = statement(
  { credentialId: text },
  (db, slots) =>
    db
      .updateTable('clients')
      .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
      .where('id', 'in', (eb) =>
        eb.selectFrom('client_credentials').select('client_id').where('id', '=', slots.credentialId),
      )
      .returning('id'),
  ([id]) => text.decode(id),
)
