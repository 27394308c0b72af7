import type { AuditEvent } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { everyone, writeWide } from '../revocations/write.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer, text } from '../schema/kind.ts'
import { remove, update } from '../schema/statement.ts'
import { addOne, raise, readWithin } from '../sequences/numbers.ts'

export interface AfterRestoreOptions {
  /** Epoch seconds. */
  readonly now: number
  /** The last TOTP step of which a code may have been spent already (RFC 6238 §5.2). */
  readonly lastStep: number
  /** Whether everything stays as it is: it is known what was ended since the backup, or nothing was. */
  readonly keepCredentials: boolean
  /** The id of the revocation feed from now on: its readers begin again. */
  readonly feed: string
  readonly audit: AuditEvent
}

/**
 * The end of every restore, by whichever tools. Where it is not known what was ended since the backup, every bearer credential ends:
 * sessions, personal tokens, clients' secrets, access and API keys, recovery codes, pending TOTP secrets. Passwords and confirmed TOTP
 * secrets stay. The feed begins anew, and makes every token doubtful that was issued before.
 *
 * The holder of the master key also revokes the key sets. Can be repeated.
 */
export const endAfterRestore = (engine: Engine, options: AfterRestoreOptions): Promise<void> =>
  engine.write([aloneOn.schema], async (execute) => {
    if (!options.keepCredentials) await endCredentials(execute, options)
    await renewFeed(execute, options)
    await writeAudit(execute, options.audit)
  })

const endCredentials = async (execute: Executor, { now, lastStep }: AfterRestoreOptions): Promise<void> => {
  await execute.run(raiseEpochsOfUsers, {})
  await execute.run(raiseEpochsOfClients, {})
  await execute.run(revokeSecrets, { now })
  await execute.run(removePending, {})
  await execute.run(removeCodes, {})
  await execute.run(spendSteps, { lastStep })
  await execute.run(addOne, { name: 'keys_revision' })
}

/** Positions go on. */
const renewFeed = async (execute: Executor, { now, feed }: AfterRestoreOptions): Promise<void> => {
  await execute.run(renameFeed, { feed })
  await execute.run(raise, { name: 'revocations_forgotten', value: await readWithin(execute, 'revocations_given') })
  await execute.run(removeEntries, {})
  for (const kind of ['subject', 'client'] as const) await writeWide(execute, kind, everyone, now)
}

const raiseEpochsOfUsers = update('users', {}, (rows) =>
  rows.set((eb) => ({
    sessions_epoch: eb('sessions_epoch', '+', 1),
    personal_epoch: eb('sessions_epoch', '+', 1),
    version: eb('version', '+', 1),
  })),
)

const raiseEpochsOfClients = update('clients', {}, (rows) => rows.set((eb) => ({ epoch: eb('epoch', '+', 1) })))

const revokeSecrets = update('client_credentials', { now: integer }, (rows, { now }) =>
  rows.set({ revoked_at: now }).where('revoked_at', 'is', null),
)

const removePending = remove('enrolments', {}, (rows) => rows.where('slot', '=', sql.lit('pending')))

const removeCodes = remove('recovery_codes', {}, (rows) => rows)

const spendSteps = update('enrolments', { lastStep: integer }, (rows, { lastStep }) =>
  rows.set({ last_step: lastStep }).where('last_step', '<', lastStep),
)

const removeEntries = remove('revocations', {}, (rows) => rows)

export const renameFeed = update('served', { feed: text }, (rows, { feed }) =>
  rows.set({ value: feed }).where('name', '=', 'feed'),
)
