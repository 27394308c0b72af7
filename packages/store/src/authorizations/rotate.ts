import type { AuthorizationRecord, RotateCommand, Rotation, RotationAudit } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { flag, integer, isPresent, orAbsent, text } from '../schema/kind.ts'
import { row, selecting, type Values } from '../schema/row.ts'
import { changing, expected, statement, update } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { isActive, isActiveAsNumber } from '../validity/active.ts'
import { findRecord } from './find.ts'
import { end } from './revoke.ts'

/**
 * Refresh token rotation (RFC 9700 §4.14.2): one conditional update, decided by the number of rows that it changed (S1). If it
 * changed none and the caller has a grace period, a second one counts a repeat. Only if neither changed a row is the row read,
 * to distinguish a retry from a reuse. A reuse revokes the Authorization in the same commit (S2). A retry with its key writes
 * nothing.
 */
export const rotate = async (execute: Executor, command: RotateCommand, audit: RotationAudit): Promise<Rotation> => {
  if ((await execute.run(advance, command)) === 1) {
    await writeAudit(execute, audit('rotated'))
    return { outcome: 'rotated', record: existing(await execute.conclude(findRecord, { id: command.id })) }
  }
  if (await isRepeat(execute, command)) {
    await writeAudit(execute, audit('repeated'))
    return { outcome: 'repeated', record: await recordOf(execute, command.id) }
  }
  for (;;) {
    const outcome = judge(await execute.first(findRotationState, { id: command.id, latest: command.latest }), command)
    switch (outcome) {
      case 'replayed': {
        const successor = await recordOf(execute, command.id)
        // Another unit may have advanced the row since it was judged. Then this caller is judged again: its token is older.
        if (successor.authorization.generation !== command.generation + 1) continue
        return { outcome, record: successor }
      }
      case 'late':
        await writeAudit(execute, audit('late'))
        return { outcome }
      case 'reused':
        // Of several reuses at once the one that revokes is the reuse.
        if (!(await end(execute, command.id, command.now))) return { outcome: 'inactive' }
        await writeAudit(execute, audit('reused'))
        return { outcome, authorizationId: command.id }
      case 'inactive':
      case 'unknown':
        return { outcome }
    }
  }
}

const { id, generation, refreshKeyNumber, retryKeyDigest, rotatedAt } = authorizations.definition

/** What shows why a row was not advanced. */
const rotationState = row({ generation, rotatedAt, retryKeyDigest, refreshable: isPresent, active: flag })
export type RotationState = Values<typeof rotationState.definition>

/**
 * Why a presented generation could not be advanced.
 *
 * A retry (N-056) presents the immediate predecessor with the key of the last rotation, within the retry window; after the window
 * it is late. A client with a leeway may retry without a key (N-060), never with another one. A caller with another key is not
 * the one that rotated (N-057). Windows are compared with the latest time seen, so that a clock set back reopens none (S13).
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

/** Counts the repeat of a predecessor within the grace period. A caller whose address is unknown has none. */
const isRepeat = async (execute: Executor, command: RotateCommand): Promise<boolean> => {
  const { id, latest, from, reuseGrace, retryKeyDigest } = command
  if (reuseGrace === undefined || reuseGrace.seconds === 0) return false
  if (retryKeyDigest !== undefined || from === undefined) return false
  const successor = command.generation + 1
  const since = latest - reuseGrace.seconds
  return (await execute.run(repeat, { id, successor, from, since, latest, repeats: reuseGrace.repeats })) === 1
}

const recordOf = async (execute: Executor, id: string): Promise<AuthorizationRecord> =>
  existing(await execute.first(findRecord, { id }))

const existing = (record: AuthorizationRecord | undefined): AuthorizationRecord => {
  if (record === undefined)
    throw new StoreError('conflict', new Error('an authorization vanished while it was rotated'))
  return record
}

const from = orAbsent(text)

const advance = changing(
  ({ id }) => [id],
  expected(
    update(
      'authorizations',
      { id, generation, refreshKeyNumber, retryKeyDigest, from, now: integer, latest: integer },
      (rows, slots) =>
        rows
          .set((eb) => ({
            generation: eb('generation', '+', 1),
            retry_key_digest: slots.retryKeyDigest,
            rotated_at: slots.now,
            rotated_from: slots.from,
            repeats: 0,
            refresh_key_number: slots.refreshKeyNumber,
          }))
          .where('id', '=', slots.id)
          .where('generation', '=', slots.generation)
          .where('refresh_key_number', 'is not', null)
          .where(isActive(slots.latest)),
    ),
  ),
)

/** `successor`: the generation after the presented one. `since`: the earliest rotation that the grace still covers. */
const repeat = changing(
  ({ id }) => [id],
  update(
    'authorizations',
    { id, successor: integer, from, since: integer, latest: integer, repeats: integer },
    (rows, slots) =>
      rows
        .set((eb) => ({ repeats: eb('repeats', '+', 1) }))
        .where('id', '=', slots.id)
        .where('generation', '=', slots.successor)
        .where('refresh_key_number', 'is not', null)
        .where('rotated_from', '=', slots.from)
        .where('rotated_at', '>=', slots.since)
        .where('repeats', '<', slots.repeats)
        .where(isActive(slots.latest)),
  ),
)

const findRotationState = statement(
  { id, latest: integer },
  (db, slots) =>
    db
      .selectFrom('authorizations')
      .select((eb) =>
        selecting(rotationState, {
          refreshable: eb.ref('refresh_key_number'),
          active: isActiveAsNumber(slots.latest)(eb),
        }),
      )
      .where('id', '=', slots.id),
  rotationState.decode,
)
