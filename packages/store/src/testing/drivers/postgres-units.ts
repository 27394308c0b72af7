import type { Client } from 'pg'
import { type Change, changeOf, type ObservedUnit, unitsOf } from './change.ts'
import { tapQueries } from './query-tap.ts'

/** How the store sends an update that is expected to change one row: it fails if it has changed none. */
const expected = /^with changed as \((.*) returning 1\) select 1 \/ count\(\*\) from changed$/

/** Tells each transaction of PostgreSQL when it is committed. Brief units that arrive together share one, and are told as one. */
export const observePostgres = (tell: (unit: ObservedUnit) => void): Disposable => {
  const open = new WeakMap<Client, Change[]>()

  const answered = (client: Client, sql: string, command: string, rows: number): void => {
    if (sql.startsWith('begin ')) return void open.set(client, [])
    const changes = open.get(client)
    if (sql === 'commit' || sql === 'rollback') {
      open.delete(client)
      if (command === 'COMMIT') for (const unit of unitsOf(changes ?? [])) tell(unit)
      return
    }
    const change = changeOf(expected.exec(sql)?.[1] ?? sql, rows)
    if (change) changes?.push(change)
  }

  return tapQueries(async ({ client, sql, proceed }) => {
    const result = await proceed()
    answered(client, sql, result.command, result.rowCount ?? 0)
    return result
  })
}
