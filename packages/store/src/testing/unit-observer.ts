/*
 * Observes the database driver: which units of writing there were, what each changed and how often it wrote to the audit trail
 * (S12). It knows only the driver, so no part of the store can forget to report to it.
 */
import { DatabaseSync, type StatementResultingChanges, type StatementSync } from 'node:sqlite'
import { tapStatements } from './statement-tap.ts'

/** What one statement changed. */
export interface Change {
  readonly table: string
  readonly verb: 'insert' | 'update' | 'delete'
  /** The columns of an update, in the order of the statement. */
  readonly columns: readonly string[]
  readonly rows: number
}

/** One unit that was kept; one that was undone changed nothing. */
export interface ObservedUnit {
  readonly changes: readonly Change[]
  /** Rows that it added to the trail. */
  readonly audited: number
  /** Alike events that it counted, which become a row later. */
  readonly counted: number
}

/** The trail, and that of rotations. */
const trails: ReadonlySet<string> = new Set(['audit', 'rotations'])
const isRow = ({ table, verb }: Change): boolean => trails.has(table) && verb === 'insert'
const isCount = ({ table, verb, columns }: Change): boolean =>
  table === 'audit_tallies' && verb === 'update' && columns.join() === 'count'

const changing = /^(insert|update|delete)(?: into| from)? "(\w+)"(?: set (.*?)(?: where |$))?/

/** Observes statements that are prepared from now on. Dispose of it, or every later database is observed, too. */
export function observeUnits(): { readonly units: readonly ObservedUnit[]; clear(): void } & Disposable {
  const units: ObservedUnit[] = []
  const databases = new WeakMap<StatementSync, DatabaseSync>()
  /** By database: the unit that is open, and those that wait for the commit. */
  const open = new WeakMap<DatabaseSync, Change[]>()
  const waiting = new WeakMap<DatabaseSync, ObservedUnit[]>()
  const { prepare } = DatabaseSync.prototype

  const tell = (statement: StatementSync, rows: number): void => {
    const database = databases.get(statement)
    if (!database) return
    const changes = open.get(database)
    switch (statement.sourceSQL) {
      case 'begin immediate':
        return void waiting.set(database, [])
      case 'savepoint unit':
      case 'rollback to unit':
        return void open.set(database, [])
      case 'release unit': {
        const all = changes ?? []
        const own = all.filter((change) => !isRow(change))
        const counted = all.filter(isCount).length
        if (all.length > 0) waiting.get(database)?.push({ changes: own, audited: all.length - own.length, counted })
        return void open.delete(database)
      }
      case 'commit':
        return void units.push(...(waiting.get(database) ?? []))
    }
    const [, verb, table, assignments = ''] = changing.exec(statement.sourceSQL) ?? []
    if (verb === undefined || table === undefined || rows === 0) return
    const columns = [...assignments.matchAll(/"(\w+)" = /g)].map(([, name = '']) => name)
    changes?.push({ table, verb: verb as Change['verb'], columns, rows })
  }

  DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...given: Parameters<typeof prepare>): StatementSync {
    const statement = prepare.apply(this, given)
    databases.set(statement, this)
    return statement
  }
  const tap = tapStatements(({ statement, method, proceed }) => {
    const result = proceed()
    const rows = method === 'run' ? Number((result as StatementResultingChanges).changes) : result === undefined ? 0 : 1
    tell(statement, rows)
    return result
  })
  return {
    units,
    clear: () => {
      units.length = 0
    },
    [Symbol.dispose]: () => {
      DatabaseSync.prototype.prepare = prepare
      tap[Symbol.dispose]()
    },
  }
}
