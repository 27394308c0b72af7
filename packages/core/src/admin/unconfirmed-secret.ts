import type { TotpEnrolment } from '../totp/enrolment.ts'
import type { Administrator, People } from './people-changes.ts'

interface Deps {
  readonly people: People
  readonly totp: TotpEnrolment
}

/**
 * Shows a person's TOTP secret again, to an administrator: only while no code has confirmed it (all-D5).
 *
 * @returns `undefined` if there is none, or it is confirmed.
 * @throws AuthError `not_found`.
 */
export async function unconfirmedSecret(
  { people, totp }: Deps,
  userId: string,
  by: Administrator,
): Promise<Uint8Array | undefined> {
  const user = await people.get(userId)
  return (await totp.state(user.id)) === 'unconfirmed' ? totp.setUp(user.id, by.actor, by.circumstances) : undefined
}
