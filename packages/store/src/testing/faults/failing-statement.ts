/* A disk that fails at a chosen step of writing. After any of them a change must be complete or absent. */
import { tapQueries } from '../drivers/query-tap.ts'
import { tapStatements } from '../drivers/statement-tap.ts'

/** Every statement of a unit of writing, and of the transaction around it. */
const ofSqlite = /^(begin immediate|savepoint unit|release unit|commit|insert into|update|delete from)\b/
const ofPostgres = /^(?:with changed as \()?(begin|commit|insert into|update|delete from)\b/

/** SQLITE_IOERR. */
const diskError = (): Error =>
  Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10, errstr: 'disk I/O error' })

/** SQL that fails as on a full disk, and the transaction with it. */
const diskFull = `do $$ begin raise exception using errcode = 'disk_full', message = 'injected'; end $$`

/**
 * The step of writing with this number fails, before it is taken. `failed` names it; `undefined` if it did not come. On PostgreSQL
 * every later step fails, too: a unit is run again after such a fault.
 */
export function failStep(number: number): { readonly failed: string | undefined } & Disposable {
  let count = 0
  let failed: string | undefined
  const taps = [
    tapStatements(({ statement, proceed }) => {
      const step = ofSqlite.exec(statement.sourceSQL)?.[1]
      if (step === undefined || ++count !== number) return proceed()
      failed = step
      throw diskError()
    }),
    tapQueries(({ sql, proceed, instead }) => {
      const step = ofPostgres.exec(sql)?.[1]
      if (step === undefined || ++count < number) return proceed()
      failed ??= step
      // What is sent after it is in the transaction, and fails with it.
      return instead(step === 'begin' ? `${sql}; ${diskFull}` : diskFull)
    }),
  ]
  return {
    get failed() {
      return failed
    },
    [Symbol.dispose]: () => {
      for (const tap of taps) tap[Symbol.dispose]()
    },
  }
}
