/* Stands between the store and the database driver. */
import { type SQLInputValue, StatementSync } from 'node:sqlite'

type Method = 'run' | 'get'

/**
 * From now on every statement that is run, or asked for one row, goes through `around`, which may look at what comes of it or
 * throw in its place.
 */
export function tapStatements(
  around: (statement: StatementSync, method: Method, call: () => unknown) => unknown,
): Disposable {
  const taken = (['run', 'get'] as const).map((method) => {
    const original: unknown = StatementSync.prototype[method]
    const tapped = function (this: StatementSync, ...given: SQLInputValue[]): unknown {
      return around(this, method, () => Reflect.apply(original as () => unknown, this, given))
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
