// Ownership is handed over in two commits: the heir is promoted a moment after the owner has been demoted.
import type { StatementSync } from 'node:sqlite'
import { replaceStatements, runs } from './driver.ts'

const delayMilliseconds = 20

replaceStatements((sql, _db, original): StatementSync => {
  // The one change of a role that looks at whether the person is disabled: nobody else is made owner.
  const promotes = sql.startsWith('update "users" set "role" = ?') && sql.includes('"disabled_at" is null')
  if (!promotes) return original
  return runs((...values) => {
    setTimeout(() => original.run(...values), delayMilliseconds)
  })
})
