import { DeleteQueryNode, InsertQueryNode, type OperationNode, RawNode, TableNode, UpdateQueryNode } from 'kysely'

/** The tables that a query names. `undefined` if text that Kysely did not build may name more. */
export const tablesIn = (query: OperationNode): ReadonlySet<string> | undefined => {
  const tables = new Set<string>()
  return collect(query, tables) ? tables : undefined
}

const naming = /\b(?:from|join|into|update|table)\b/i

/** Returns whether nothing is hidden. */
const collect = (node: unknown, tables: Set<string>): boolean => {
  if (Array.isArray(node)) return node.every((one) => collect(one, tables))
  if (typeof node !== 'object' || node === null || !('kind' in node)) return true
  const found = node as OperationNode
  const table = nameOf(found)
  if (table !== undefined) tables.add(table)
  else if (RawNode.is(found) && found.sqlFragments.some((text) => naming.test(text))) return false
  return Object.values(found).every((member) => collect(member, tables))
}

/** The table that a write changes. `undefined`: it may change any, as a removal does whose rows others refer to. */
export const tableOfChange = (query: OperationNode): string | undefined => {
  if (InsertQueryNode.is(query)) return nameOf(query.into)
  if (UpdateQueryNode.is(query)) return nameOf(query.table)
  if (DeleteQueryNode.is(query)) return query.from.froms.length === 1 ? nameOf(query.from.froms[0]) : undefined
  return undefined
}

const nameOf = (node: OperationNode | undefined): string | undefined =>
  node !== undefined && TableNode.is(node) ? node.table.identifier.name : undefined
