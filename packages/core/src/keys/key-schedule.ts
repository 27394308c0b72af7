import type { StoredKeySet } from '../ports/store/keys.ts'

/** When key sets are replaced without anybody asking for it. */
export interface KeySchedule {
  /** How long a set is used; 0: it is replaced only on request. */
  readonly days: number
}

const day = 86_400

/** Fewer: 366 days later all 255 numbers would be in use. */
export const fewestRotationDays = 2

/** The schedule leaves the other numbers to whoever rotates or revokes on request. */
export const mostScheduledSets = 200

/**
 * How far the wall clock may be ahead of the time that the monotonic clock confirms. A new set made then would be used only after
 * the wall clock's time: never, in a jump of years.
 */
export const tolerableLeadSeconds = day

type Dated = Pick<StoredKeySet, 'activatesAt' | 'supersededAt' | 'revokedAt'>

/** The set that has no successor yet. */
const newestOf = <T extends Dated>(sets: readonly T[]): T | undefined =>
  sets.findLast(({ revokedAt, supersededAt }) => revokedAt === undefined && supersededAt === undefined)

/**
 * When the next set is made, epoch seconds: the term counts from the activation of the newest set. That is dated by the latest
 * time, so that after a rotation nothing is due, however far the wall clock is from it.
 *
 * @returns `undefined` if the schedule is off, or no set is usable.
 */
export const nextRotationAt = (sets: readonly Dated[], { days }: KeySchedule): number | undefined => {
  const newest = days === 0 ? undefined : newestOf(sets)
  return newest && newest.activatesAt + days * day
}

/**
 * Whether a set is to be made now.
 *
 * @param confirmedAt The time that the monotonic clock confirms: a jump of the wall clock makes nothing due.
 */
export const isRotationDue = (sets: readonly Dated[], schedule: KeySchedule, confirmedAt: number): boolean => {
  const next = nextRotationAt(sets, schedule)
  if (next === undefined) return false
  // Dated further ahead than its own term: the clock was wrong when it was made, and was reset since. It would wait for years.
  const isDatedWrong = next - confirmedAt > 2 * schedule.days * day
  return confirmedAt >= next || isDatedWrong
}
