// Faults that a test orders: refusals, lost answers and late ones. They happen to whole operations, so that each dialect's
// own errors are seen.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestListener, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { AuthError } from '@countersign/core'
import type { AppOptions, AroundOperation } from '../compose/app.ts'
import { routes } from '../generated/index.ts'

/**
 * `429` and `503`: refused, and nothing is done. `'cut'`: the operation is done and committed, and the connection is closed without a
 * response. `delaySeconds`: the operation is done at once, and its response is late.
 */
export type FaultKind = 429 | 503 | 'cut' | { readonly delaySeconds: number }

export interface Fault {
  /** By its operation id (`refreshSession`) or its method and path (`POST /v1/sessions/refresh`). Default is every operation. */
  readonly operation?: string | undefined
  readonly with: FaultKind
  /** How many calls it happens to. Default is 1. */
  readonly times?: number | undefined
  /** `Retry-After` of a refusal. Default is 1. */
  readonly retryAfterSeconds?: number | undefined
}

const known: readonly AroundOperation[] = Object.values(routes)
const isOperation = (name: string, { operationId, method, path }: AroundOperation): boolean =>
  name === operationId || name === `${method} ${path}`

/** The faults of one server. The oldest that concerns a call happens to it. */
export class Faults {
  readonly #ordered: { readonly fault: Fault; left: number }[] = []
  readonly #exchange = new AsyncLocalStorage<ServerResponse>()
  readonly #closing = new AbortController()

  /** @throws RangeError for an unknown operation, an unknown fault, or a number that makes no sense. */
  order(fault: Fault): void {
    const { operation, with: kind, times = 1, retryAfterSeconds = 1 } = fault
    if (operation !== undefined && !known.some((one) => isOperation(operation, one)))
      throw new RangeError(`no operation is called ${JSON.stringify(operation)}: give its id or "METHOD /path"`)
    const delay = typeof kind === 'object' && kind !== null ? kind.delaySeconds : undefined
    if (![429, 503, 'cut'].includes(kind as number) && !(typeof delay === 'number' && delay >= 0 && delay <= 3600))
      throw new RangeError('a fault is with 429, 503, "cut" or { delaySeconds } of 0 to 3600')
    if (!(times === Number.POSITIVE_INFINITY || (Number.isSafeInteger(times) && times > 0)))
      throw new RangeError('times is a whole number from 1, or Infinity')
    if (!(Number.isSafeInteger(retryAfterSeconds) && retryAfterSeconds > 0))
      throw new RangeError('retryAfterSeconds is a whole number from 1')
    this.#ordered.push({ fault, left: times })
  }

  clear(): void {
    this.#ordered.length = 0
  }

  /** Ends every wait. */
  close(): void {
    this.clear()
    this.#closing.abort()
  }

  readonly around: NonNullable<AppOptions['around']> = async (operation, run) => {
    const fault = this.#next(operation)
    if (!fault) return run()
    const { with: kind, retryAfterSeconds = 1 } = fault
    if (kind === 429) throw new AuthError('throttled', { retryAfterSeconds })
    if (kind === 503) throw new AuthError('unavailable', { retryAfterSeconds })
    const response = this.#exchange.getStore()
    try {
      return await run()
    } finally {
      if (kind === 'cut') response?.socket?.destroy()
      else await this.#wait(kind.delaySeconds)
    }
  }

  /** Tells the operations below which response is theirs. */
  readonly listening =
    (listener: RequestListener): RequestListener =>
    (request, response) =>
      this.#exchange.run(response, () => listener(request, response))

  #next(operation: AroundOperation): Fault | undefined {
    const place = this.#ordered.findIndex(
      ({ fault }) => fault.operation === undefined || isOperation(fault.operation, operation),
    )
    const next = this.#ordered[place]
    if (!next) return undefined
    next.left--
    if (next.left <= 0) this.#ordered.splice(place, 1)
    return next.fault
  }

  async #wait(seconds: number): Promise<void> {
    const { signal } = this.#closing
    try {
      await setTimeout(seconds * 1000, undefined, { signal })
    } catch (error) {
      // The server is closed: the response need not be late any more.
      if (!signal.aborted) throw error
    }
  }
}
