// The ownership is transferred in two commits: the new owner is promoted a moment after the old one was demoted.
import type { StatementSync } from 'node:sqlite'
import { replaceStatements, runs } from './driver.ts'

const delayMilliseconds = 20

replaceStatements((sql, _db, original): StatementSync => {
  // Only the promotion of the new owner checks whether the user is disabled.
  const promotes = sql.startsWith('update "users" set "role" = ?') && sql.includes('"disabled_at" is null')
  if (!promotes) return original
  return runs((...values) => {
    setTimeout(() => original.run(...values), delayMilliseconds)
  })
})
