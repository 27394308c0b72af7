/* A disk that fails once, at a chosen step of writing. After any of them a change must be complete or absent. */
import { tapStatements } from '../drivers/statement-tap.ts'

/** Every statement of a unit of writing, and of the transaction around it. */
const steps = /^(begin immediate|savepoint unit|release unit|commit|insert into|update|delete from)\b/

/** SQLITE_IOERR. */
const diskError = (): Error =>
  Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10, errstr: 'disk I/O error' })

/** The step of writing with this number fails, before it is taken. `failed` names it; `undefined` if it did not come. */
export function failStep(number: number): { readonly failed: string | undefined } & Disposable {
  let count = 0
  let failed: string | undefined
  const tap = tapStatements(({ statement, proceed }) => {
    const step = steps.exec(statement.sourceSQL)?.[0]
    if (step === undefined || ++count !== number) return proceed()
    failed = step
    throw diskError()
  })
  return {
    get failed() {
      return failed
    },
    [Symbol.dispose]: () => tap[Symbol.dispose](),
  }
}
