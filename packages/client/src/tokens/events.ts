import type { Advisory } from '../session/advisory.ts'
import type { Target } from '../session/token-source.ts'
import type { SessionExpiredError } from '../transport/errors.ts'

/**
 * What happened to the tokens. `obtained`: another token than before is used for the target, after a login or a refresh
 * of this process or of another one. `signed_out`: this program signed out.
 *
 * @example
 * ```ts
 * import type { TokenChange } from '@countersign/client'
 *
 * export const isSignedIn = ({ kind }: TokenChange) => kind === 'obtained'
 * ```
 */
export interface TokenChange extends Target {
  readonly kind: 'obtained' | 'signed_out'
}

/**
 * The events of {@link Tokens}, by their names.
 *
 * @example
 * ```ts
 * import type { TokenEvents } from '@countersign/client'
 *
 * export const show = (error: TokenEvents['expired']) => console.log(error.refusal)
 * ```
 */
export interface TokenEvents {
  /** The tokens changed. */
  readonly change: TokenChange
  /** The user must log in again. Once, until there is a token again. */
  readonly expired: SessionExpiredError
  /** Something is worth logging, although no call fails because of it. */
  readonly advisory: Advisory
}

type Listener<Event> = (event: Event) => void

/** The listeners of tokens. */
export interface Listeners {
  on<Name extends keyof TokenEvents>(name: Name, listener: Listener<TokenEvents[Name]>): () => void
  /** A listener runs after the current work. If it throws, that is an uncaught error, and no call fails. */
  emit<Name extends keyof TokenEvents>(name: Name, event: TokenEvents[Name]): void
}

/** No listeners yet. */
export function createListeners(): Listeners {
  const all = new Set<readonly [name: string, listener: Listener<never>]>()
  return {
    on: (name, listener) => {
      const own = [name, listener] as const
      all.add(own)
      return () => void all.delete(own)
    },
    emit: (name, event) => {
      for (const [of, listener] of all) if (of === name) queueMicrotask(() => listener(event as never))
    },
  }
}
