/* Intercepts the calls of the store to the database driver. */
import { type SQLInputValue, StatementSync } from 'node:sqlite'

/** One call of the driver. */
export interface StatementCall {
  readonly statement: StatementSync
  readonly method: 'run' | 'get'
  readonly values: readonly SQLInputValue[]
  /** Does it. */
  proceed(): unknown
}

/**
 * From now on every statement that is run, or asked for one row, goes through `around`, which may look at what comes of it or
 * throw in its place.
 */
export function tapStatements(around: (call: StatementCall) => unknown): Disposable {
  const taken = (['run', 'get'] as const).map((method) => {
    const original: unknown = StatementSync.prototype[method]
    const tapped = function (this: StatementSync, ...values: SQLInputValue[]): unknown {
      const proceed = () => Reflect.apply(original as () => unknown, this, values)
      return around({ statement: this, method, values, proceed })
    }
    Object.assign(StatementSync.prototype, { [method]: tapped })
    return { [method]: original }
  })
  return {
    [Symbol.dispose]: () => {
      for (const original of taken) Object.assign(StatementSync.prototype, original)
    },
  }
}
