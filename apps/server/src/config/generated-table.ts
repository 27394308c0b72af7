/**
 * Replaces the table that a document has between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
 *
 * @param document Its path, for the error.
 * @throws Error if the page has no marks for the table.
 */
export function withTable(page: string, document: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${document} has no marks for the table`)
  return `${page.slice(0, from)}${begin}\n\n${table}\n\n${page.slice(to)}`
}
