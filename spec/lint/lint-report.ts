// The linter's findings in the bundle, reported at the places where they were written: in the files of `spec/`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, isAlias, isCollection, isNode, isPair, LineCounter, parseDocument } from 'yaml'
import { fragmentFiles } from '../bundler/bundle.ts'
import { operationsOf } from '../reader/operations.ts'

/** As much of the linter's report (`--format json`) as is used. */
interface Report {
  readonly problems: readonly {
    readonly ruleId: string
    readonly severity: string
    readonly message: string
    readonly location: readonly { readonly pointer?: string }[]
  }[]
}

/** A contract that breaks rules of `spec/lint`: a line for each fault. */
export class LintError extends Error {
  constructor(lines: readonly string[]) {
    super(`the contract breaks its rules:\n${lines.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'LintError'
  }
}

/**
 * The faults of a report, as `spec/me.yaml:41 listMyLogins (GET /v1/me/logins): x-access: is missing. [countersign/access]`.
 *
 * @param spec The contract's folder.
 * @param report What the linter printed.
 * @param bundle What it was run on.
 * @throws SyntaxError It is no report.
 */
export const faultsByFile = (spec: string, report: string, bundle: string): string[] => {
  const files = sourcesOf(spec)
  const document = JSON.parse(bundle) as Value
  const { problems } = JSON.parse(report) as Report
  return problems.map(({ ruleId, severity, message, location }) => {
    const path = segmentsOf(location[0]?.pointer ?? '')
    const about = operationAt(document, path) ?? path.slice(0, 3).join('/')
    const warning = severity === 'error' ? '' : ` (${severity})`
    return `${placeOf(files, path)} ${about}: ${message} [${ruleId}]${warning}`
  })
}

type Value = Readonly<Record<string, unknown>>

interface SourceFile {
  readonly file: string
  readonly document: Document
  readonly lines: LineCounter
}

const sourcesOf = (spec: string): SourceFile[] =>
  ['openapi.yaml', ...fragmentFiles(spec)].map((file) => {
    const lines = new LineCounter()
    return { file, lines, document: parseDocument(readFileSync(join(spec, file), 'utf8'), { lineCounter: lines }) }
  })

/** RFC 6901, in a fragment. */
const segmentsOf = (pointer: string): string[] =>
  pointer
    .replace(/^#?\/?/, '')
    .split('/')
    .map((segment) => decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~'))

/** The file and line that come nearest to a place of the bundle: the bundler adds members of its own. */
const placeOf = (files: readonly SourceFile[], path: readonly string[]): string => {
  const places = files.map(({ document, lines, file }) => ({ file, lines, ...deepest(document, path) }))
  const [nearest] = places.sort((one, other) => other.depth - one.depth)
  if (nearest === undefined || nearest.depth < 2) return 'spec/'
  return `spec/${nearest.file}:${nearest.lines.linePos(nearest.offset).line}`
}

const deepest = (document: Document, path: readonly string[]): { depth: number; offset: number } => {
  let node: unknown = document.contents
  let found = { depth: 0, offset: 0 }
  for (const [index, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (!isCollection(node)) break
    const pair = node.items.find((item) => isPair(item) && String(item.key) === segment)
    const item = isPair(pair) ? pair.key : node.items[Number(segment)]
    if (!isNode(item)) break
    found = { depth: index + 1, offset: item.range?.[0] ?? found.offset }
    node = isPair(pair) ? pair.value : item
  }
  return found
}

const operationAt = (document: Value, [section, path, method]: readonly string[]): string | undefined => {
  if (section !== 'paths' || path === undefined || method === undefined) return undefined
  const found = operationsOf(document).find((each) => each.path === path && each.method === method.toUpperCase())
  return found === undefined ? undefined : `${found.operationId} (${found.method} ${path})`
}
