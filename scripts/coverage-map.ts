/**
 * Fills the last column of docs/security-coverage.md: which numbered abuse has a test, found by the titles of all
 * tests. It cannot judge the tests themselves.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import ts from 'typescript'

const help = `node scripts/coverage-map.ts [--write | --json]

Prints how many of the numbered cases of each group have a test.

  --write   also write the last column of docs/security-coverage.md
  --json    print each case with its tests as JSON, for programs
  --help    this text
`

/** A file with tests whose titles name cases. */
export interface TitledFile {
  /** Short path: `core/tokens/opaque-token`. */
  readonly name: string
  /** Three-digit numbers, once for each title that names them. */
  readonly cases: readonly string[]
}

const runners: ReadonlySet<string> = new Set(['it', 'test', 'describe', 'scenario'])

/** The numbers in test titles of one source text. Tables passed to `it.each` count as titles. */
export function casesInTitles(source: string): string[] {
  const found: string[] = []
  if (!/\bN-\d{3}\b/.test(source)) return found
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isRunner(node.expression)) {
      const title = node.arguments[0]?.getText() ?? ''
      for (const [, number = ''] of title.matchAll(/\bN-(\d{3})\b/g)) found.push(number)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true))
  return found
}

/** `it`, `it.skip`, `it.each(table)`, `test.it`: any callee that contains one of the words. */
function isRunner(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return runners.has(callee.text)
  if (ts.isPropertyAccessExpression(callee)) return runners.has(callee.name.text) || isRunner(callee.expression)
  // `it.each(table)` is called a second time, with the title.
  return ts.isCallExpression(callee) && ts.isPropertyAccessExpression(callee.expression) && isRunner(callee.expression)
}

/** All files of the repository whose titles name cases, in order of their names. */
export function titledFiles(repository: string): TitledFile[] {
  const patterns = ['{packages,apps}/*/{src,test}/**/*.ts', '{proofs,campaigns,bench,examples,scripts}/**/*.ts']
  const files = globSync(patterns, { cwd: repository, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) })
  return files
    .sort()
    .map((path) => ({
      name: path
        .replace(/^(packages|apps)\//, '')
        .replace('/src/', '/')
        .replace(/(\.test)?\.ts$/, ''),
      cases: casesInTitles(readFileSync(join(repository, path), 'utf8')),
    }))
    .filter(({ cases }) => cases.length > 0)
}

/** One group of the document, with its counts. */
export interface GroupCoverage {
  readonly group: string
  readonly cases: Record<string, string[]>
}

/**
 * Fills the document's last column and its counts.
 *
 * @throws Error if a test names a case that the document does not have.
 */
export function fillDocument(
  document: string,
  files: readonly TitledFile[],
): { text: string; groups: GroupCoverage[] } {
  const groups: GroupCoverage[] = []
  const lines = document.split('\n').map((line) => {
    const heading = /^## (.*?)(?: \(\d+ of \d+\))?$/.exec(line)
    if (heading?.[1] !== undefined) groups.push({ group: heading[1], cases: {} })
    const row = /^\| (\d{3}) \| (.*?) \|/.exec(line)
    const group = groups.at(-1)
    if (!row || !group) return line
    const [, number = '', what] = row
    const names = files.filter(({ cases }) => cases.includes(number)).map(({ name }) => name)
    group.cases[number] = names
    return `| ${number} | ${what} | ${names.map((name) => `\`${name}\``).join(', ')}${names.length > 0 ? ' ' : ''}|`
  })
  const known = new Set(groups.flatMap(({ cases }) => Object.keys(cases)))
  for (const { name, cases } of files) {
    const stray = cases.find((number) => !known.has(number))
    if (stray !== undefined)
      throw new Error(`${name} names the case N-${stray}, which docs/security-coverage.md has not`)
  }
  let next = 0
  const counted = lines.map((line) => {
    if (!line.startsWith('## ')) return line
    const group = groups[next++]
    return group ? `## ${group.group} (${covered(group)} of ${Object.keys(group.cases).length})` : line
  })
  return { text: counted.join('\n'), groups }
}

const covered = ({ cases }: GroupCoverage): number => Object.values(cases).filter((names) => names.length > 0).length

function main(): void {
  const { values } = parseArgs({
    options: { write: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const repository = resolve(import.meta.dirname, '..')
  const path = join(repository, 'docs/security-coverage.md')
  const { text, groups } = fillDocument(readFileSync(path, 'utf8'), titledFiles(repository))
  if (values.write) writeFileSync(path, text)
  if (values.json) console.log(JSON.stringify(groups))
  else printCounts(groups)
}

function printCounts(groups: readonly GroupCoverage[]): void {
  for (const group of groups) {
    console.log(`${String(covered(group)).padStart(3)} of ${Object.keys(group.cases).length}  ${group.group}`)
  }
}

if (import.meta.main) main()
