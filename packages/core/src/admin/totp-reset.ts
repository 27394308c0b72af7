import type { TotpEnrolment } from '../totp/enrolment.ts'
import type { Administrator, People } from './people-changes.ts'

interface Deps {
  readonly people: People
  readonly totp: TotpEnrolment
}

/**
 * Gives a person a new TOTP secret by an administrator's word, and ends their sessions; personal tokens live on. The secret
 * comes first: a login with a code of the old one cannot slip in after the sessions have ended.
 *
 * @throws AuthError `not_found`.
 */
export async function resetTotp({ people, totp }: Deps, userId: string, by: Administrator): Promise<Uint8Array> {
  const user = await people.get(userId)
  const secret = await totp.reset(user.id, by.actor, by.circumstances)
  await people.revokeAll(user.id, { personal: false }, by)
  return secret
}

/**
 * Shows a person's TOTP secret again, to an administrator: only while no code has confirmed it (D5).
 *
 * @returns Nothing if there is none, or it is confirmed.
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
