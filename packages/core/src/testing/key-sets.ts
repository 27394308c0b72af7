import { type KeySet, makeKeySet, openKeySet } from '../keys/key-set.ts'
import type { MasterKey } from '../keys/sealing.ts'
import type { StoredKeySet } from '../ports/store/keys.ts'
import { SeededRandom } from './seeded-random.ts'

/** A master key for tests. */
export const testMasterKey: MasterKey = new SeededRandom('master key').bytes(32)

/** A key set that is active from the beginning of time, but for what is given. The same number gives the same keys. */
export function testKeySet(given: Partial<StoredKeySet> & { readonly seed?: string } = {}): KeySet {
  const { seed = 'key set', ...rest } = given
  const { number = 1, algorithm = 'ES256', createdAt = 0, activatesAt = 0 } = rest
  const set = { number, algorithm, createdAt, activatesAt }
  const made = makeKeySet(set, testMasterKey, new SeededRandom(`${seed} ${number} ${algorithm}`))
  return openKeySet({ ...made, ...rest }, testMasterKey)
}
