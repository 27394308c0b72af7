import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** Puts something else in the place of prepared statements. It is given the original and may use it. */
export function replaceStatements(
  replace: (sql: string, db: DatabaseSync, original: StatementSync) => StatementSync,
): void {
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest): StatementSync {
    return replace(sql, this, prepare.call(this, sql, ...rest))
  }
}

/** Puts another text in the place of statements. */
export function rewriteStatements(rewrite: (sql: string) => string): void {
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest): StatementSync {
    return prepare.call(this, rewrite(sql), ...rest)
  }
}

/** A statement that does something else when it is run, and says that it changed a row. */
export const runs = (run: (...values: SQLInputValue[]) => void): StatementSync =>
  ({
    run: (...values: SQLInputValue[]) => {
      run(...values)
      return { changes: 1, lastInsertRowid: 0 }
    },
  }) as unknown as StatementSync
