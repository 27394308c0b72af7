// The commit is delayed a moment, but reported as done at once.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { replaceStatements, runs } from './driver.ts'

const delayMilliseconds = 50
const delayed = new Map<DatabaseSync, () => void>()
const catchUp = (db: DatabaseSync): void => {
  delayed.get(db)?.()
  delayed.delete(db)
}

replaceStatements((sql, db, original): StatementSync => {
  if (sql === 'commit') {
    return runs(() => {
      delayed.set(db, () => original.run())
      setTimeout(() => catchUp(db), delayMilliseconds)
    })
  }
  if (sql === 'begin immediate') {
    return runs(() => {
      catchUp(db)
      original.run()
    })
  }
  return original
})
