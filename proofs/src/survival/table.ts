import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

const document = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8')

/** The rows of the table whose first heading is this; each cell says `lives`, `ends` or `new`. */
export function tableOf(heading: string): { readonly columns: readonly string[]; readonly rows: readonly string[][] } {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`))
  expect(start, heading).toBeGreaterThan(0)
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'))
  return { columns: cells(lines[start] as string).slice(1), rows: lines.slice(start + 2, end).map(cells) }
}
