/* Which changes the audit trail records: the rule of S12, in one place for every test of it. */
import type { Change, ObservedUnit } from './drivers/change.ts'

/** What changes without a row in the trail, by table: all of it, what is forgotten of it, or these columns. */
const unrecorded: Readonly<
  Record<string, { readonly verb: 'any' | Change['verb']; readonly columns?: readonly string[] }>
> = {
  // Guesses: in commits of their own (S11), and bounded where a trail would not be (N-214).
  counters: { verb: 'any' },
  enrolments: { verb: 'update', columns: ['last_step', 'failures'] },
  // Counts of events that unknown callers can cause as often as they like: written to rows later.
  audit_tallies: { verb: 'any' },
  // The clock's mark, and numbers that count upwards.
  marks: { verb: 'any' },
  issue_counts: { verb: 'any' },
  // The first issuer that is served; a change of it is recorded.
  served: { verb: 'insert' },
  authorizations: {
    verb: 'update',
    columns: ['last_used_at', 'last_used_from_address', 'last_used_from_agent', 'last_used_from_client_id'],
  },
  // The same password under stronger parameters.
  users: { verb: 'update', columns: ['password_hash'] },
  // What is protected, and not who may do what.
  recent_files: { verb: 'any' },
}
/** Rows without meaning are removed without an event. */
const forgotten: ReadonlySet<string> = new Set([
  ...['authorizations', 'revoked_tokens', 'key_sets'],
  // No token that it concerns is left.
  'revocations',
  // What was exported, or is older than it is kept for.
  ...['audit', 'rotations'],
])

const isRecorded = ({ table, columns, verb }: Change): boolean => {
  if (verb === 'delete' && forgotten.has(table)) return false
  const free = unrecorded[table]
  if (free === undefined) return true
  if (free.verb !== 'any' && free.verb !== verb) return true
  return free.columns !== undefined && columns.some((column) => !free.columns?.includes(column))
}

/** Whether a unit changed something that the trail must tell. */
export const changesState = ({ changes }: ObservedUnit): boolean => changes.some(isRecorded)

/**
 * Rows that tell no change of state: an administrator has guesses forgotten, also where there were none; a retry comes
 * too late and is refused; a wrong guess, and that it reached a limit; how many there were.
 */
const isNotice = ({ changes }: ObservedUnit): boolean =>
  changes.every(({ table }) => table === 'counters' || table === 'audit_tallies')

/**
 * Each change has exactly one row in the trail, in its commit, or is counted there as one of many alike; and there is no row
 * without a change (N-213).
 */
export const isToldOnce = (unit: ObservedUnit): boolean =>
  changesState(unit) ? unit.audited + unit.counted === 1 : unit.audited === 0 || isNotice(unit)
