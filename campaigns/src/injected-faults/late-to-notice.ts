// Whether another process has committed is checked only now and then. Until then the cached answer is used.
import type { StatementSync } from 'node:sqlite'
import { replaceStatements } from './drivers/driver.ts'

const everyMilliseconds = 50

replaceStatements((sql, _db, original): StatementSync => {
  if (sql !== 'pragma data_version') return original
  let known: unknown
  let askedAt = Number.NEGATIVE_INFINITY
  const get = () => {
    const now = performance.now()
    if (now - askedAt >= everyMilliseconds) {
      known = original.get()
      askedAt = now
    }
    return known
  }
  return { get, setReturnArrays: (arrays: boolean) => original.setReturnArrays(arrays) } as unknown as StatementSync
})
