// The end of an Authorization is not written into the revocation feed.
import type { StatementSync } from 'node:sqlite'
import { replaceStatements, runs } from './drivers/driver.ts'

replaceStatements((sql, _db, original): StatementSync => {
  if (!/^insert into "?revocations"?/i.test(sql)) return original
  return runs((...values) => {
    if (!values.some((value) => value === 'authorization')) original.run(...values)
  })
})
