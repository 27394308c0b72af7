// The server replaces its signing keys by itself, as often as configured.
import type { Authority } from '../compose/authority.ts'

/** Seconds between two looks at the schedule. */
export const keyScheduleRoundSeconds = 600

/**
 * Makes the next key set if it is due. Of several servers on one folder, one makes it. The event is logged.
 *
 * @throws StoreError if the store is unavailable.
 */
export async function rotateOnSchedule({
  useCases,
  clock,
  config,
  logger,
  reloadKeys,
}: Pick<Authority, 'useCases' | 'clock' | 'config' | 'logger' | 'reloadKeys'>): Promise<void> {
  // Under a master key that was replaced meanwhile, no set may be made: no other server could open it.
  await reloadKeys()
  const schedule = { days: config.keyRotationDays, algorithm: config.signingAlgorithm }
  const made = await useCases.keys.rotateIfDue(schedule, { confirmedAt: clock.confirmed() })
  if (made === 'not_due') return
  if (typeof made === 'string') logger.warn('key_rotation_postponed', { outcome: made })
  else logger.info('keys_rotated', { seconds: made.activatesAt - clock.latest() })
}
