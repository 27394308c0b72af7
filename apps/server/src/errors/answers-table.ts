// The answer of every renderer to every error code, as Markdown for docs/errors.md. A test compares it, so that the
// answers to a new code are reviewed.
import type { ErrorRenderer } from './error-renderer.ts'
import { type ErrorCode, errorCodes, kinds } from './kinds.ts'

/** compose/write-documentation.ts writes the table of docs/errors.md between these lines; a test compares it. */
const marks = ['<!-- answers: begin -->', '<!-- answers: end -->'] as const

/** Members of an error body that repeat the code or the status, or are text. */
const omittedMembers: ReadonlySet<string> = new Set([
  'type',
  'title',
  'status',
  'detail',
  'details',
  'error_description',
  'message',
])

function answerTo(code: ErrorCode, { render }: ErrorRenderer): string {
  const hidden = { authorization: undefined, outcome: undefined, cause: undefined }
  const facts = { reason: undefined, retryAfterSeconds: undefined, maxAgeSeconds: undefined, errors: [], headers: {} }
  const { status, body } = render({ code, detail: '', ...facts, ...hidden }, undefined)
  const text = String(body)
  if (!text.startsWith('{')) return `${status} ${text}`
  const members = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>)
  const words = members
    .filter(([name, value]) => !omittedMembers.has(name) && value !== status)
    .map(([, value]) => String(value))
  return [status, ...words.filter((word) => word !== '')].join(' ')
}

/** @param renderers By the title of their column. */
export function answersTable(renderers: Readonly<Record<string, ErrorRenderer>>): string {
  const names = Object.keys(renderers)
  const rows = errorCodes.map((code) => {
    const cells = Object.values(renderers).map((renderer) => answerTo(code, renderer))
    return `| \`${code}\` | ${kinds[code].replace('_', ' ')} | ${cells.join(' | ')} |`
  })
  return [`| code | kind | ${names.join(' | ')} |`, `|${'---|'.repeat(names.length + 2)}`, ...rows].join('\n')
}

/** Replaces the table between the marks. @throws Error if the page has no marks. */
export function withAnswersTable(page: string, renderers: Readonly<Record<string, ErrorRenderer>>): string {
  const [begin, end] = marks
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error('docs/errors.md has no marks for the table')
  return `${page.slice(0, from)}${begin}\n\n${answersTable(renderers)}\n\n${page.slice(to)}`
}
