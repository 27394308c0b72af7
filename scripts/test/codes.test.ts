import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const readmes = globSync('apps/server/src/dialects/*/README.md', { cwd: repository }).sort()

/** The first group of every match. */
const found = (path: string, pattern: RegExp): string[] =>
  [...read(path).matchAll(pattern)].map(([, code = '']) => code)

/** Every code, where it is defined: one list for each row of the index that states a range. */
const ranges: readonly (readonly string[])[] = [
  found('docs/security-coverage.md', /^\| (\d{3}) \|/gm).map((number) => `N-${number}`),
  found('ARCHITECTURE.md', /^\| (I\d+) \|/gm),
  found('SECURITY.md', /^\| (S\d+) \|/gm),
  found('campaigns/README.md', /^\| (W\d+) /gm),
  found('docs/dialects.md', /^\| (all-D\d+) \|/gm),
  readdirSync(join(repository, 'docs/adr')).map((name) => name.slice(0, 4)),
]
/** The quirks of each vendor, and the decisions about its dialect. */
const ofDialects = readmes
  .flatMap((readme) => {
    const name = basename(dirname(readme))
    const codes = found(readme, /^- \*\*([a-z]+-[DQ]\d+)\*\*/gm)
    return ['Q', 'D'].map((letter) => ({
      prefix: `${name}-${letter}`,
      codes: codes.filter((code) => code.includes(`-${letter}`)),
    }))
  })
  .filter(({ codes }) => codes.length > 0)
const all = [...ranges, ...ofDialects.map(({ codes }) => codes)].flat()
const known = new Set(all)

const numberOf = (code: string) => Number(/\d+$/.exec(code))

/** A letter and digits that are no code of ours: an engine, and a class of control characters. */
const notCodes = new Set(['V8', 'C1'])

const unread = /(^|\/)(node_modules|dist|generated|gen|printed|\.turbo)$/
const files = globSync(
  ['*.md', '{apps,bench,campaigns,docs,examples,packages,proofs,scripts,spec}/**/*.{md,ts,js,yaml}'],
  {
    cwd: repository,
    exclude: (path) => unread.test(path),
  },
).filter((path) => !path.endsWith('codes.test.ts'))

/** The codes that a text cites; in code, those of comments and of the titles of tests. */
function citedIn(path: string): string[] {
  const text = path.endsWith('.ts') || path.endsWith('.js') ? commentsAndTitles(read(path)) : read(path)
  const code = /(?<![\w.%/#&-])(?:N-\d{3}|(?:[a-z]+-)?[A-Z]\d{1,2})(?![\w.]\w|\w)/g
  return [...text.matchAll(code)].map(([cited]) => cited).filter((cited) => !notCodes.has(cited))
}

const commentsAndTitles = (source: string): string =>
  [
    ...source.matchAll(/^\s*(?:\/\/|\/?\*).*$|\s\/\/ .*$/gm),
    ...source.matchAll(/(['"`])(?:N-\d{3}|[A-Z]\d{1,2}) .*?\1/g),
    ...source.matchAll(/\b(?:it|test|describe|scenario)(?:\.\w+)*\(\s*(['"`]).*?\1/g),
  ]
    .map(([part]) => part)
    .join('\n')

describe('docs/codes.md', () => {
  it('has a row for each kind of code, from the first to the last that is defined', () => {
    const rows = [...read('docs/codes.md').matchAll(/^\| `([^`]+)` … `([^`]+)` \|/gm)].map(([, from, to]) => [from, to])
    const firstAndLast = ranges.map((codes) => {
      const inOrder = codes.toSorted((one, other) => numberOf(one) - numberOf(other))
      return [inOrder[0], inOrder.at(-1)]
    })
    expect(rows).toEqual(firstAndLast)
  })

  it.each(ofDialects)('$prefix… is numbered from 1 without gaps, in order', ({ prefix, codes }) => {
    expect(codes).toEqual(codes.map((_, at) => `${prefix}${at + 1}`))
  })

  it('defines no code twice', () => {
    expect(all.filter((code, at) => all.indexOf(code) !== at)).toEqual([])
  })
})

describe('a code that is cited', () => {
  it('is found in documents, in comments, in titles of tests and in tables of titles', () => {
    const source = "// (I3)\n['I7 a row']\nit('N-051 exactly one wins', () => f('S99'))\n/**\n * Refused (efa-D4). */\n"
    expect(commentsAndTitles(source)).not.toContain('S99')
    expect(commentsAndTitles(source)).toMatch(/I3[\s\S]*efa-D4[\s\S]*I7[\s\S]*N-051/)
    expect(files.length).toBeGreaterThan(500)
  })

  it('is defined', () => {
    const undefinedCodes = files.flatMap((path) =>
      citedIn(path)
        .filter((code) => !known.has(code))
        .map((code) => `${path}: ${code}`),
    )
    expect(undefinedCodes).toEqual([])
  })

  it('is a decision record that exists', () => {
    const pages = readdirSync(join(repository, 'docs/adr'))
    const missing = files.flatMap((path) =>
      [...read(path).matchAll(/docs\/adr\/(\d{4}[\w-]*)/g)]
        .filter(([, name = '']) => !pages.some((page) => page.startsWith(name)))
        .map(([cited]) => `${path}: ${cited}`),
    )
    expect(missing).toEqual([])
  })
})
