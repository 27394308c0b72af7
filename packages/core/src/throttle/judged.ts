import { AuthError } from '../model/errors.ts'
import { StoreError } from '../ports/store/store.ts'

/**
 * Work that comes after a secret was found wrong. If the store is not available for it, the guess stays counted: the caller
 * hears of it as of a server that cannot do this right now (N-340).
 *
 * @throws AuthError `unavailable` where the work throws a StoreError of that kind; else what the work throws.
 */
export async function afterJudging<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw cause instanceof StoreError && cause.kind === 'unavailable' ? new AuthError('unavailable', { cause }) : cause
  }
}
