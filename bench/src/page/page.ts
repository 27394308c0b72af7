// Writes what docs/performance.md shows from a result of `--json`: the file itself, the plots, and the parts between the marks.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../report/report.ts'
import { plots } from './plots.ts'
import { parts } from './tables.ts'

const docs = resolve(import.meta.dirname, '../../../docs')
export const pagePath = join(docs, 'performance.md')
export const folder = join(docs, 'performance')
export const figuresFile = 'figures.json'

const digits = 4

/** The report with four digits of each number: the machine is not more exact than that. */
export const rounded = (report: Report): string =>
  `${JSON.stringify(report, (_key, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value,
  )}\n`

/** The page with the figures between its marks. @throws Error if it lacks a mark. */
export function withFigures(page: string, report: Report): string {
  return [...parts(report)].reduce((text, [name, content]) => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/performance.md lacks the marks of ${name}`)
    return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`
  }, page)
}

/** Every file of the folder beside the page. */
export const files = (report: Report): ReadonlyMap<string, string> =>
  new Map([[figuresFile, rounded(report)], ...plots(report)])

export function writePage(report: Report): void {
  const exact: Report = JSON.parse(rounded(report))
  writeFileSync(pagePath, withFigures(readFileSync(pagePath, 'utf8'), exact))
  mkdirSync(folder, { recursive: true })
  for (const old of readdirSync(folder)) rmSync(join(folder, old))
  for (const [name, content] of files(exact)) writeFileSync(join(folder, name), content)
}
