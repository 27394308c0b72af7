import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { DriverQuery } from '@countersign/store/testing/queries'
import { askApart, changedOne, replaceQueries } from './postgres.ts'

/** Replaces prepared statements. The replacement receives the original. */
export function replaceStatements(
  replace: (sql: string, db: DatabaseSync, original: StatementSync) => StatementSync,
): void {
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest): StatementSync {
    return replace(sql, this, prepare.call(this, sql, ...rest))
  }
}

/** Replaces the SQL of statements, on each engine. */
export function rewriteStatements(rewrite: (sql: string) => string): void {
  replaceQueries((asked, _client, ask) => ask({ ...asked, text: rewrite(asked.text) }))
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest): StatementSync {
    return prepare.call(this, rewrite(sql), ...rest)
  }
}

/** A statement that runs a function instead, and reports one changed row. */
export const runs = (run: (...values: SQLInputValue[]) => void): StatementSync =>
  ({
    run: (...values: SQLInputValue[]) => {
      run(...values)
      return { changes: 1, lastInsertRowid: 0 }
    },
  }) as unknown as StatementSync

/** From a change on, some time passes until it is made, in a commit of its own. It is reported as made at once, on each engine. */
export function makeLater(isMeant: (sql: string) => boolean, milliseconds: number): void {
  replaceStatements((sql, _db, original) => {
    if (!isMeant(sql)) return original
    return runs((...values) => {
      setTimeout(() => original.run(...values), milliseconds)
    })
  })
  replaceQueries((asked: DriverQuery, _client, ask) => {
    if (!isMeant(asked.text)) return ask(asked)
    setTimeout(askApart, milliseconds, asked)
    return Promise.resolve(changedOne)
  })
}
