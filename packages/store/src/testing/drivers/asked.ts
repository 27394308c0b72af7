/* What the store asks of its database, whichever driver it uses. */
import { tapQueries } from './query-tap.ts'
import { tapStatements } from './statement-tap.ts'

/** One statement that is run, or asked for one row. */
export interface Asked {
  /** With `?` for each value, in their order. */
  readonly sql: string
  readonly values: readonly unknown[]
}

/** Whether another process has committed since: SQLite is asked before an answer that the store remembers is given. */
const unchanged = 'pragma data_version'

/** Every statement from now on. */
export function watchStatements(): { readonly asked: readonly Asked[] } & Disposable {
  const asked: Asked[] = []
  const taps = [
    tapStatements(({ statement: { sourceSQL }, values, proceed }) => {
      if (sourceSQL !== unchanged) asked.push({ sql: sourceSQL, values })
      return proceed()
    }),
    tapQueries(({ sql, values, proceed }) => {
      asked.push({ sql: sql.replaceAll(/\$\d+/g, '?'), values })
      return proceed()
    }),
  ]
  return {
    asked,
    [Symbol.dispose]: () => {
      for (const tap of taps) tap[Symbol.dispose]()
    },
  }
}
