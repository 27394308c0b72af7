import type { User } from '../model/principals/user.ts'
import { guessedAccount } from '../model/username.ts'
import type { Unlocking } from '../ports/store/counters.ts'
import { knownAfterSuccess, unlocked } from './backoff.ts'
import { accountKey, besideKey, codesKey, keysFromAddress } from './guess-counters.ts'

/** What an administrator decides about guesses at a user's secrets, beside forgetting those so far. */
export interface UnlockTerms {
  /**
   * An address that the user logs in from. It becomes known, as after a login from there. Guesses from unknown addresses are
   * not forgotten, and delay only unknown addresses.
   */
  readonly knownAddress?: string | undefined
  /** For how long a guess from an unknown address delays no other. The limits of addresses and of codes go on counting. */
  readonly suspendedSeconds?: number | undefined
}

/** The counters of a user after unlocking. The limit of an address stays. @param now `Clock.latest()`. */
export function unlockingOf(
  { id, username }: Pick<User, 'id' | 'username'>,
  { knownAddress, suspendedSeconds }: UnlockTerms,
  now: number,
): Unlocking {
  const account = guessedAccount(username)
  if (knownAddress !== undefined) {
    const { known, knownCodes } = keysFromAddress(account, knownAddress)
    const counters = new Map([
      [known, knownAfterSuccess(now)],
      [knownCodes, null],
      [besideKey(id, known), null],
    ])
    return { forgiveCodesOf: undefined, counters }
  }
  const counters = new Map([
    [accountKey(account), unlocked(now, suspendedSeconds)],
    [codesKey(account), null],
    [besideKey(id), unlocked(now)],
  ])
  return { forgiveCodesOf: id, counters }
}
