import type { AuditEvent, AuthorizationRecord, RotateCommand, Rotation } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { integer, optionalBytes, optionalInteger } from '../column.ts'
import type { Executor } from '../engine/engine.ts'
import { positional, statement } from '../engine/statement.ts'
import { writeAudit } from '../operation/audit.ts'
import { isActive } from './active.ts'
import { findRecord } from './find.ts'
import { revokeOne } from './revoke.ts'

/**
 * Refresh token rotation (RFC 9700 §4.14.2): one conditional update, decided by the number of rows that it changed (S1). Only where it
 * changed nothing is the row read, to tell a retry from a reuse; a reuse revokes in this very commit (S2). A retry writes
 * nothing.
 */
export const rotate = async (
  execute: Executor,
  command: RotateCommand,
  audit: { readonly rotated: AuditEvent; readonly reused: AuditEvent },
): Promise<Rotation> => {
  if ((await execute.run(advance, command)) === 1) {
    await writeAudit(execute, audit.rotated)
    return { outcome: 'rotated', record: await recordOf(execute, command.id) }
  }
  const outcome = judge(await execute.first(findRotationState, { id: command.id, latest: command.latest }), command)
  switch (outcome) {
    case 'replayed':
      return { outcome, record: await recordOf(execute, command.id) }
    case 'reused':
      await execute.run(revokeOne, { id: command.id, at: command.now })
      await writeAudit(execute, audit.reused)
      return { outcome, authorizationId: command.id }
    case 'inactive':
    case 'unknown':
      return { outcome }
  }
}

/** What tells why a row was not advanced. */
export interface RotationState {
  readonly generation: number
  readonly rotatedAt: number | undefined
  readonly retryKeyDigest: Uint8Array | undefined
  readonly refreshable: boolean
  readonly active: boolean
}

/**
 * Why a presented generation could not be advanced.
 *
 * A retry (N-056) is the immediate predecessor with the very key of the last rotation, within the retry window; a client with
 * a leeway may retry without a key (N-060), never with another one. Whoever presents another key is not the one who
 * rotated (N-057).
 */
export const judge = (
  state: RotationState | undefined,
  command: RotateCommand,
): 'replayed' | 'reused' | 'inactive' | 'unknown' => {
  if (state === undefined || !state.refreshable || command.generation > state.generation) return 'unknown'
  if (!state.active || command.generation === state.generation) return 'inactive'
  const isPredecessor = command.generation + 1 === state.generation
  return isPredecessor && isRetry(state, command) ? 'replayed' : 'reused'
}

const isRetry = ({ rotatedAt, retryKeyDigest }: RotationState, command: RotateCommand): boolean => {
  if (rotatedAt === undefined) return false
  if (command.retryKeyDigest === undefined) {
    return command.reuseLeewaySeconds > 0 && rotatedAt + command.reuseLeewaySeconds >= command.now
  }
  return (
    retryKeyDigest !== undefined &&
    Buffer.compare(command.retryKeyDigest, retryKeyDigest) === 0 &&
    rotatedAt + command.retryWindowSeconds >= command.now
  )
}

const recordOf = async (execute: Executor, id: string): Promise<AuthorizationRecord> => {
  const record = await execute.first(findRecord, { id, tokenId: undefined })
  if (record === undefined)
    throw new StoreError('conflict', new Error('an authorization vanished while it was rotated'))
  return record
}

const advance = statement<RotateCommand>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set((eb) => ({
      generation: eb('generation', '+', 1),
      retry_key_digest: slots.retryKeyDigest as Uint8Array,
      rotated_at: slots.now,
      refresh_key_number: slots.refreshKeyNumber,
    }))
    .where('id', '=', slots.id)
    .where('generation', '=', slots.generation)
    .where('refresh_key_number', 'is not', null)
    .where(isActive(slots.latest)),
)

const findRotationState = positional<{ id: string; latest: number }>()(
  (db, slots) =>
    db
      .selectFrom('authorizations')
      .select((eb) => [
        'generation',
        'rotated_at',
        'retry_key_digest',
        'refresh_key_number',
        eb.case().when(isActive(slots.latest)(eb)).then(1).else(0).end().as('active'),
      ])
      .where('id', '=', slots.id),
  (row): RotationState => ({
    generation: integer(row[0]),
    rotatedAt: optionalInteger(row[1]),
    retryKeyDigest: optionalBytes(row[2]),
    refreshable: row[3] !== null,
    active: integer(row[4]) === 1,
  }),
)
