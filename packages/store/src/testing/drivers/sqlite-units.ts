import { DatabaseSync, type StatementResultingChanges, type StatementSync } from 'node:sqlite'
import { type Change, changeOf, type ObservedUnit, unitsOf } from './change.ts'
import { tapStatements } from './statement-tap.ts'

/** Tells each unit of SQLite when it is committed. A unit is a savepoint: several may share a commit. */
export const observeSqlite = (tell: (unit: ObservedUnit) => void): Disposable => {
  const databases = new WeakMap<StatementSync, DatabaseSync>()
  /** By database: the unit that is open, and those that wait for the commit. */
  const open = new WeakMap<DatabaseSync, Change[]>()
  const waiting = new WeakMap<DatabaseSync, ObservedUnit[]>()
  const { prepare } = DatabaseSync.prototype

  const ran = (statement: StatementSync, rows: number): void => {
    const database = databases.get(statement)
    if (!database) return
    const changes = open.get(database)
    switch (statement.sourceSQL) {
      case 'begin immediate':
        return void waiting.set(database, [])
      case 'savepoint unit':
      case 'rollback to unit':
        return void open.set(database, [])
      case 'release unit':
        waiting.get(database)?.push(...unitsOf(changes ?? []))
        return void open.delete(database)
      case 'commit':
        for (const unit of waiting.get(database) ?? []) tell(unit)
        return
    }
    const change = changeOf(statement.sourceSQL, rows)
    if (change) changes?.push(change)
  }

  DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...given: Parameters<typeof prepare>): StatementSync {
    const statement = prepare.apply(this, given)
    databases.set(statement, this)
    return statement
  }
  const tap = tapStatements(({ statement, method, proceed }) => {
    const result = proceed()
    const rows = method === 'run' ? Number((result as StatementResultingChanges).changes) : result === undefined ? 0 : 1
    ran(statement, rows)
    return result
  })
  return {
    [Symbol.dispose]: () => {
      DatabaseSync.prototype.prepare = prepare
      tap[Symbol.dispose]()
    },
  }
}
