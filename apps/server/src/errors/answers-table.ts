// The answer of every renderer to every error code, as Markdown for docs/errors.md. A test compares it, so that the
// answers to a new code are reviewed.
import { withTable } from '../config/generated-table.ts'
import type { ErrorRenderer } from './error-renderer.ts'
import { type ErrorCode, errorCodes, kinds } from './kinds.ts'

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
  const facts = {
    reason: undefined,
    retryAfterSeconds: undefined,
    maxAgeSeconds: undefined,
    neededScope: undefined,
    errors: [],
    headers: {},
  }
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
function answersTable(renderers: Readonly<Record<string, ErrorRenderer>>): string {
  const names = Object.keys(renderers)
  const rows = errorCodes.map((code) => {
    const cells = Object.values(renderers).map((renderer) => answerTo(code, renderer))
    return `| \`${code}\` | ${kinds[code].replace('_', ' ')} | ${cells.join(' | ')} |`
  })
  return [`| code | kind | ${names.join(' | ')} |`, `|${'---|'.repeat(names.length + 2)}`, ...rows].join('\n')
}

/** The page with the answers of these renderers. @throws Error if the page has no marks. */
export const withAnswersTable = (page: string, renderers: Readonly<Record<string, ErrorRenderer>>): string =>
  withTable(page, 'docs/errors.md', 'answers', answersTable(renderers))
