/* What a statement changed, as its SQL says it. Kysely writes the same SQL for each engine, but for the placeholders. */

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

const changing = /^(insert|update|delete)(?: into| from)? "(\w+)"(?: set (.*?)(?: where |$))?/

/** `undefined` if it changed nothing. */
export const changeOf = (sql: string, rows: number): Change | undefined => {
  const [, verb, table, assignments = ''] = changing.exec(sql) ?? []
  if (verb === undefined || table === undefined || rows === 0) return undefined
  const columns = [...assignments.matchAll(/"(\w+)" = /g)].map(([, name = '']) => name)
  return { table, verb: verb as Change['verb'], columns, rows }
}

/** The trail, and that of rotations. */
const trails: ReadonlySet<string> = new Set(['audit', 'rotations'])
const isRow = ({ table, verb }: Change): boolean => trails.has(table) && verb === 'insert'
const isCount = ({ table, verb, columns }: Change): boolean =>
  table === 'audit_tallies' && verb === 'update' && columns.join() === 'count'

/** None if nothing was changed. */
export const unitsOf = (all: readonly Change[]): readonly ObservedUnit[] => {
  const changes = all.filter((change) => !isRow(change))
  const unit = { changes, audited: all.length - changes.length, counted: all.filter(isCount).length }
  return all.length > 0 ? [unit] : []
}
