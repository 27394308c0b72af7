import { resealKeySet } from '../keys/key-set.ts'
import { openHash, passwordPepper, sealHash, sealPepper } from '../keys/password-pepper.ts'
import { type MasterKey, SealError, seal, unseal } from '../keys/sealing.ts'
import type { StoredKeySet } from '../ports/store/keys.ts'
import type { Random } from '../ports/system/random.ts'
import { totpSecretContext } from '../totp/enrolment.ts'

/** Everything in a store that depends on the master key, translated from one key to another. */
export interface Resealing {
  /** @throws SealError if the old key does not open it. */
  keySet(set: Pick<StoredKeySet, 'number' | 'kid' | 'sealed'>): Uint8Array
  /** @returns `undefined` if the old key does not open it: it opens under no key, as before. */
  totpSecret(userId: string, sealed: Uint8Array): Uint8Array | undefined
  /** As `totpSecret`. */
  passwordHash(stored: string): string | undefined
  /** @param sealed `undefined` if the master key was never replaced. @throws SealError */
  pepper(sealed: Uint8Array | undefined): Uint8Array
}

export const resealing = (from: MasterKey, to: MasterKey, random: Random): Resealing => ({
  keySet: (set) => resealKeySet(set, from, to, random),
  totpSecret: (userId, sealed) =>
    unlessUnreadable(() => {
      const context = totpSecretContext(userId)
      return seal(unseal(sealed, context, from), context, to, random)
    }),
  passwordHash: (stored) => unlessUnreadable(() => sealHash(openHash(stored, from), to, random)),
  pepper: (sealed) => sealPepper(passwordPepper(sealed, from), to, random),
})

const unlessUnreadable = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}
