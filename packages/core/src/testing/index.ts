/**
 * Time and randomness under a test's control, and keys made from them. For tests and benchmarks only: this entry is not
 * built, so that nothing that is shipped can import it.
 */
export { FixedClock } from './fixed-clock.ts'
export { base64url, ecdsaSignature, headerOf, segment, trulySigned } from './forged-token.ts'
export { testKeySet, testMasterKey } from './key-sets.ts'
export { SeededRandom } from './seeded-random.ts'
