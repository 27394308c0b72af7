// The commit is delayed a moment, but reported as done at once.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { replaceStatements, runs } from './drivers/driver.ts'
import { changedOne, replaceQueries } from './drivers/postgres.ts'

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

/** The connections whose commit is delayed. What is asked on them next waits for it. */
const delayedOn = new Map<Client, Promise<void>>()

replaceQueries(async (asked, client, ask) => {
  await delayedOn.get(client)
  if (asked.text !== 'commit') return ask(asked)
  const commit = async () => {
    await pause(delayMilliseconds)
    ask(asked)
    delayedOn.delete(client)
  }
  delayedOn.set(client, commit())
  return { ...changedOne, command: 'COMMIT' }
})
