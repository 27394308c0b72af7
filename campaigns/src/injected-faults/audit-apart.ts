// The audit row is written a moment after its change, in a commit of its own.
import type { StatementSync } from 'node:sqlite'
import { replaceStatements, runs } from './driver.ts'

const delayMilliseconds = 5

replaceStatements((sql, _db, original): StatementSync => {
  if (!/^insert into "(?:audit|rotations)"/.test(sql)) return original
  return runs((...values) => {
    setTimeout(() => original.run(...values), delayMilliseconds)
  })
})
