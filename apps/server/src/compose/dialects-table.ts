// The dialects side by side, as Markdown, from the table "At a glance" of each dialect's README: docs/dialects.md shows it.

import { withTable } from '../config/generated-table.ts'

/** A dialect's README. */
export interface Page {
  /** The dialect's folder below `apps/server/src/dialects`. */
  readonly name: string
  readonly text: string
}

/**
 * The page with the table put between its marks.
 *
 * @throws Error if the page has no marks, or if a dialect's table has other rows than the first one's.
 */
export const withDialectsTable = (page: string, readmes: readonly Page[]): string =>
  withTable(page, 'docs/dialects.md', 'dialects', dialectsTable(readmes))

function dialectsTable(readmes: readonly Page[]): string {
  const facts = readmes.map(({ text }) => factsOf(text))
  const rows = [...(facts[0]?.keys() ?? [])]
  for (const [at, { name }] of readmes.entries()) {
    const own = [...(facts[at]?.keys() ?? [])]
    if (own.join() !== rows.join())
      throw new Error(`the README of ${name} has other rows at a glance: ${own.join(', ')}`)
  }
  const titles = readmes.map(({ text }) => /^# (.*)$/m.exec(text)?.[1] ?? '')
  const links = readmes.map(({ name }, at) => `[${titles[at]}](../apps/server/src/dialects/${name}/README.md)`)
  const lines = [
    ['dialect', ...titles],
    ...rows.map((row) => [row, ...facts.map((own) => own.get(row) ?? '')]),
    ['more', ...links],
  ].map((cells) => `| ${cells.join(' | ')} |`)
  return [lines[0], `|${'---|'.repeat(titles.length + 1)}`, ...lines.slice(1)].join('\n')
}

/** The rows of the table "At a glance". */
function factsOf(readme: string): ReadonlyMap<string, string> {
  const chapter = readme.split(/^## At a glance$/m)[1]?.split(/^## /m)[0] ?? ''
  return new Map(
    [...chapter.matchAll(/^\| ([^|]+) \| (.+) \|$/gm)].map(([, name = '', fact = '']) => [name.trim(), fact]),
  )
}
