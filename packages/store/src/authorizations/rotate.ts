import type { AuthorizationRecord, RotateCommand, Rotation, RotationAudit } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { integer, optionalBytes, optionalInteger } from '../schema/column.ts'
import { positional, statement } from '../schema/statement.ts'
import { isActive } from '../validity/active.ts'
import { findRecord } from './find.ts'
import { revokeOne } from './revoke.ts'

/**
 * Refresh token rotation (RFC 9700 §4.14.2): one conditional update, decided by the number of rows that it changed (S1). Where it
 * changed nothing and the caller has a grace, a second one counts a repeat. Only where neither changed anything is the row
 * read, to tell a retry from a reuse; a reuse revokes in this very commit (S2). A retry with its key writes nothing.
 */
export const rotate = async (execute: Executor, command: RotateCommand, audit: RotationAudit): Promise<Rotation> => {
  if ((await execute.run(advance, command)) === 1) {
    await writeAudit(execute, audit.rotated)
    return { outcome: 'rotated', record: await recordOf(execute, command.id) }
  }
  if (await isRepeat(execute, command)) {
    await writeAudit(execute, audit.repeated)
    return { outcome: 'repeated', record: await recordOf(execute, command.id) }
  }
  const outcome = judge(await execute.first(findRotationState, { id: command.id, latest: command.latest }), command)
  switch (outcome) {
    case 'replayed':
      return { outcome, record: await recordOf(execute, command.id) }
    case 'late':
      await writeAudit(execute, audit.late)
      return { outcome }
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
 * A retry (N-056) is the immediate predecessor with the key of the last rotation, within the retry window; after the window it
 * is late. A client with a leeway may retry without a key (N-060), never with another one. Whoever presents another key is
 * not the caller that rotated (N-057). Windows are judged by the latest time that was seen: a clock that is stepped back
 * reopens none (S13).
 */
export const judge = (
  state: RotationState | undefined,
  command: RotateCommand,
): 'replayed' | 'late' | 'reused' | 'inactive' | 'unknown' => {
  if (state === undefined || !state.refreshable || command.generation > state.generation) return 'unknown'
  if (!state.active || command.generation === state.generation) return 'inactive'
  if (command.generation + 1 !== state.generation || state.rotatedAt === undefined) return 'reused'
  const age = command.latest - state.rotatedAt
  if (command.retryKeyDigest === undefined) {
    return command.reuseLeewaySeconds > 0 && age <= command.reuseLeewaySeconds ? 'replayed' : 'reused'
  }
  const hasKey = state.retryKeyDigest && Buffer.compare(command.retryKeyDigest, state.retryKeyDigest) === 0
  if (!hasKey) return 'reused'
  return age <= command.retryWindowSeconds ? 'replayed' : 'late'
}

/** Counts the repeat of a predecessor, if it is one within the grace. A caller of unknown address has none. */
const isRepeat = async (execute: Executor, command: RotateCommand): Promise<boolean> => {
  const { id, latest, from, reuseGrace, retryKeyDigest } = command
  if (reuseGrace === undefined || reuseGrace.seconds === 0) return false
  if (retryKeyDigest !== undefined || from === undefined) return false
  const successor = command.generation + 1
  const since = latest - reuseGrace.seconds
  return (await execute.run(repeat, { id, successor, from, since, latest, repeats: reuseGrace.repeats })) === 1
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
      rotated_from: slots.from as string,
      repeats: 0,
      refresh_key_number: slots.refreshKeyNumber,
    }))
    .where('id', '=', slots.id)
    .where('generation', '=', slots.generation)
    .where('refresh_key_number', 'is not', null)
    .where(isActive(slots.latest)),
)

interface Repeat {
  readonly id: string
  /** The generation after the presented one. */
  readonly successor: number
  readonly from: string
  /** The earliest rotation that the grace still covers. */
  readonly since: number
  readonly latest: number
  readonly repeats: number
}

const repeat = statement<Repeat>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set((eb) => ({ repeats: eb('repeats', '+', 1) }))
    .where('id', '=', slots.id)
    .where('generation', '=', slots.successor)
    .where('refresh_key_number', 'is not', null)
    .where('rotated_from', '=', slots.from)
    .where('rotated_at', '>=', slots.since)
    .where('repeats', '<', slots.repeats)
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
