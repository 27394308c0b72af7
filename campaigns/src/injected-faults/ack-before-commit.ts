// The commit is put off a moment, and whoever waits for it is told at once that it was done.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { replaceStatements, runs } from './driver.ts'

const delayMilliseconds = 5
const putOff = new Map<DatabaseSync, () => void>()
const catchUp = (db: DatabaseSync): void => {
  putOff.get(db)?.()
  putOff.delete(db)
}

replaceStatements((sql, db, original): StatementSync => {
  if (sql === 'commit') {
    return runs(() => {
      putOff.set(db, () => original.run())
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
