import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** Replaces prepared statements. The replacement receives the original. */
export function replaceStatements(
  replace: (sql: string, db: DatabaseSync, original: StatementSync) => StatementSync,
): void {
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, ...rest): StatementSync {
    return replace(sql, this, prepare.call(this, sql, ...rest))
  }
}

/** Replaces the SQL of statements. */
export function rewriteStatements(rewrite: (sql: string) => string): void {
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
