import { recognizedInAnyBuild } from '../transport/any-build.ts'

/**
 * A request was refused before it was sent, because a token would have gone to an origin that it is not for.
 *
 * @example
 * ```ts
 * import { ForeignOriginError } from '@countersign/client'
 *
 * export const isForeign = (error: unknown) => error instanceof ForeignOriginError && error.code === 'foreign_origin'
 * ```
 */
export class ForeignOriginError extends Error {
  static {
    recognizedInAnyBuild(ForeignOriginError, 'ForeignOriginError')
  }

  override readonly name = 'ForeignOriginError'
  readonly code = 'foreign_origin'
  /** The origin of the refused request. */
  readonly origin: string

  constructor(origin: string) {
    super(`No token is sent to ${origin}: it is not the origin of an API of these tokens, and not one of "origins"`)
    this.origin = origin
  }
}
